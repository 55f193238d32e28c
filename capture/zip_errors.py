"""What `zipfile` raises for files that are damaged, encrypted or of a kind that it does not know."""

import lzma
import zipfile
import zlib

DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, RuntimeError)
"""RuntimeError: a password is wanted; its child NotImplementedError: an unknown method. Each packing has an error
of its own; bzip2's is an OSError without a number, which readers of files on a disk tell from the disk's by that."""

DAMAGED_IN_MEMORY = (*DAMAGED, OSError)
