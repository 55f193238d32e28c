"""Which addresses a page may be fetched from: public ones, and what the operator opened on purpose.

The boundary is the egress proxy, which asks `AddressRule.allows` about every literal address right before it connects.
`AddressRule.refusal` gives the same answer early where the URL alone tells it, so that a chat need not wait.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import ada_url

Refusal = Literal["bad_scheme", "bad_address", "private_address", "too_long"]
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_URL_CHARACTERS = 2048
MAX_HOST_CHARACTERS = 253
MAX_LABEL_CHARACTERS = 63
"""RFC 1035: longer ones have no place in a DNS question."""

SCHEMES = ("http:", "https:")
_DEFAULT_PORTS = {"http:": 80, "https:": 443}

_LOCAL_SUFFIXES = ("localhost", "localdomain", "local", "internal", "home.arpa")
"""Names that are never public: RFC 6761, RFC 6762, ICANN's reservation of .internal, RFC 8375."""

# `is_global` of Python 3.11 wrongly says True for several of these (multicast, 6to4 relay, the Azure host, …) and its
# answer changes between versions, so the denied ranges are written out and `is_global` is only asked as well.
_DENIED_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32",  # Azure's host, reachable from every machine there
        ),
    )
)  # fmt: skip
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
"""All that IANA gives out; mapped, compatible, NAT64, unique local, link-local and multicast lie outside."""
_DENIED_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # Teredo, ORCHID, benchmarks
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: carries an IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
_INTRANET = tuple(
    map(
        ipaddress.ip_network,
        (
            "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15",
            "::1/128", "fc00::/7",
        ),
    )
)  # fmt: skip
"""What an allowed *name* may lead to. Metadata services (169.254/16 and the like) need their address written out."""
_METADATA_V6 = ipaddress.ip_address("fd00:ec2::254")


def is_public(address: IPAddress) -> bool:
    """Whether the address is one of the public internet, by the ranges alone."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in network for network in _DENIED_V4)
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    return address.is_global and not any(address in network for network in _DENIED_V6)


def is_own(address: IPAddress) -> bool:
    """Whether the address is one of this machine's interfaces.

    A datagram socket that is connected sends nothing, but gets the source address that the system would use; towards
    one of the machine's own addresses that is the address itself. Always right, also after interfaces changed.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            source = str(probe.getsockname()[0])
    except OSError:
        return False  # no way there at all; the connection will say so
    return ipaddress.ip_address(source.partition("%")[0]) == address


def canonical_host(host: str) -> str | None:
    """The host as a browser understands it: lower case, IDNA, IP addresses in their one form without brackets.

    `0x7f.1`, `①②⑦.1` and `127.1` all are `127.0.0.1`. None if no browser takes it for a host.
    """
    if not host or any(mark in host for mark in "/\\?#@ \t\r\n"):
        return None
    bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
    try:
        parsed = ada_url.URL(f"http://{bracketed}/")
    except ValueError:
        return None
    if parsed.port or parsed.pathname != "/":
        return None
    return _checked_name(parsed.hostname)


def _checked_name(hostname: str) -> str | None:
    """The host name of a parsed URL without brackets and final dot; None if no DNS question can hold it."""
    name = hostname.removeprefix("[").removesuffix("]").removesuffix(".")
    if len(name) > MAX_HOST_CHARACTERS:
        return None
    if literal(name) is None and any(not 0 < len(label) <= MAX_LABEL_CHARACTERS for label in name.split(".")):
        return None
    return name


def literal(host: str) -> IPAddress | None:
    """The IP address that a canonical host is, or None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


@dataclass(frozen=True)
class AllowEntry:
    """One entry of an allow-list: a name or a network, at every port or at one."""

    name: str | None
    network: IPNetwork | None
    port: int | None

    def covers_address(self, address: IPAddress, port: int) -> bool:
        """Whether the entry names this address itself."""
        return self._port_fits(port) and self.network is not None and address in self.network

    def covers_name(self, host: str, port: int) -> bool:
        """Whether the entry is this name (not one below it)."""
        return self._port_fits(port) and self.name is not None and self.name == host

    def _port_fits(self, port: int) -> bool:
        return self.port is None or self.port == port


@dataclass(frozen=True)
class Allow:
    """An operator's list of hosts, addresses and networks: of what is open, or of what is closed."""

    entries: tuple[AllowEntry, ...] = ()

    def covers(self, address: IPAddress, host: str, port: int) -> bool:
        """Whether the list opens the address when `host` (canonical) led to it."""
        if self.has(address, port):
            return True
        intranet = address != _METADATA_V6 and any(address in network for network in _INTRANET)
        return (intranet or is_public(address)) and self.names(host, port)

    def has(self, address: IPAddress, port: int) -> bool:
        """Whether the list has the address itself, or a network around it."""
        return any(entry.covers_address(address, port) for entry in self.entries)

    def names(self, host: str, port: int) -> bool:
        """Whether the list has the name (canonical)."""
        return any(entry.covers_name(host, port) for entry in self.entries)


def parse_allow(text: str) -> Allow:
    """Reads `host`, `host:port`, `address`, `address:port`, `[v6]:port` and CIDR, separated by commas or spaces.

    Raises ValueError with a sentence that names the first entry that is none of these.
    """
    return Allow(tuple(_parse_entry(entry) for entry in text.replace(",", " ").split()))


def _parse_entry(entry: str) -> AllowEntry:
    wrong = ValueError(f"{entry!r} is no host, host:port, address or network like 10.1.0.0/16")
    if "/" in entry:
        try:
            return AllowEntry(None, ipaddress.ip_network(entry, strict=False), None)
        except ValueError:
            raise wrong from None
    address = literal(entry[1:-1] if entry.startswith("[") and entry.endswith("]") else entry)
    if address is not None:
        return AllowEntry(None, ipaddress.ip_network(address), None)
    host, colon, digits = entry.rpartition(":")
    if not colon:
        host, port = entry, None
    elif digits.isascii() and digits.isdigit() and 0 < int(digits) < 65536:
        port = int(digits)
    else:
        raise wrong
    name = canonical_host(host)
    if name is None or "*" in name:
        raise wrong
    address = literal(name)
    if address is not None:
        return AllowEntry(None, ipaddress.ip_network(address), port)
    return AllowEntry(name, None, port)


class AddressRule:
    """The address rule of one Hashkeep, with its operator's lists of what is open and of what is closed besides.

    Raises ValueError, as `parse_allow` does, for a list that cannot be read. `own` tells the addresses of the machine's
    interfaces, which are denied even where they are public. `deny` wins over `allow`.
    """

    def __init__(self, allow: str = "", deny: str = "", own: Callable[[IPAddress], bool] = is_own) -> None:
        self._allow = parse_allow(allow)
        self._deny = parse_allow(deny)
        self._own = own

    def refusal(self, url: str) -> Refusal | None:
        """Why the URL cannot be captured, as far as the URL itself tells; None if it is worth trying.

        Asks no DNS and opens no socket. A name without a dot counts as one of the local network.
        """
        if len(url) > MAX_URL_CHARACTERS:
            return "too_long"
        try:
            parsed = ada_url.URL(url)
        except ValueError:
            return "bad_address"
        if parsed.protocol not in SCHEMES:
            return "bad_scheme"
        host = _checked_name(parsed.hostname)
        if not host:
            return "bad_address"
        port = int(parsed.port) if parsed.port else _DEFAULT_PORTS[parsed.protocol]
        address = literal(host)
        if self._deny.names(host, port) or (address is not None and self._deny.has(address, port)):
            fine = False
        elif address is not None:
            fine = is_public(address) or self._allow.covers(address, host, port)
        else:
            fine = not is_local_name(host) or self._allow.names(host, port)
        return None if fine else "private_address"

    def allows(self, ip: str, host: str, port: int) -> bool:
        """Whether the proxy may connect to the literal address `ip`, to which `host` led.

        `host` is what the browser asked for, in any spelling. Anything that is no plain IP address is denied.
        """
        address = literal(ip)
        if address is None or getattr(address, "scope_id", None) is not None:
            return False
        if self._allow.entries or self._deny.entries:
            name = canonical_host(host) or ""
            if self._deny.names(name, port) or self._deny.has(address, port):
                return False
            if self._allow.covers(address, name, port):
                return True
        return is_public(address) and not self._own(address)


def is_local_name(host: str) -> bool:
    """Whether a canonical name is one of a local network or of this machine."""
    return "." not in host or any(host.endswith(f".{suffix}") for suffix in _LOCAL_SUFFIXES)
