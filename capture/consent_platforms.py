"""Where the notices of common consent platforms stand, and which of their parts do what: public ids and classes.

Labels are read as well (`consent_words.py`), and win where the two disagree: a part that is called `reject` here and
says "Accept all" is not pressed. So this list need not be complete; it finds notices whose language is not known, and
whose shape is not that of a dialog.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Platform:
    """CSS selectors, "" where there is nothing of the kind. They match inside open and closed shadow roots too."""

    name: str
    root: str
    """What holds a notice, or the element whose shadow root does."""
    reject: str = ""
    necessary: str = ""
    save: str = ""
    settings: str = ""
    close: str = ""
    veil: str = ""
    """What lies over the page, beside the notice."""
    refuse: str = ""
    """The platform's own function for refusing everything, as a JavaScript expression: when no button helps."""


PLATFORMS = (
    Platform(
        "onetrust", "#onetrust-banner-sdk, #onetrust-pc-sdk",
        reject="#onetrust-reject-all-handler, .ot-pc-refuse-all-handler",
        save=".save-preference-btn-handler", settings="#onetrust-pc-btn-handler",
        close=".onetrust-close-btn-handler", veil=".onetrust-pc-dark-filter",
        refuse="window.OneTrust?.RejectAll?.()",
    ),
    Platform(
        "cookiebot", "#CybotCookiebotDialog",
        reject="#CybotCookiebotDialogBodyButtonDecline, #CybotCookiebotDialogBodyLevelButtonLevelOptinDeclineAll",
        save="#CybotCookiebotDialogBodyLevelButtonLevelOptinAllowallSelection",
        settings="#CybotCookiebotDialogBodyLevelButtonCustomize", veil="#CybotCookiebotDialogBodyUnderlay",
        refuse="window.Cookiebot?.submitCustomConsent?.(false, false, false), window.Cookiebot?.hide?.()",
    ),
    Platform("quantcast", "#qc-cmp2-ui, #qc-cmp2-container", veil=".qc-cmp-cleanslate"),
    Platform(
        "didomi", "#didomi-popup, #didomi-notice, #didomi-host",
        reject="#didomi-notice-disagree-button, .didomi-continue-without-agreeing",
        settings="#didomi-notice-learn-more-button", veil=".didomi-popup-backdrop",
        refuse="window.Didomi?.setUserDisagreeToAll?.()",
    ),
    Platform(
        "usercentrics", "#usercentrics-root, #usercentrics-cmp-ui, aside#usercentrics-cmp-ui",
        reject="[data-testid=uc-deny-all-button], #deny.uc-deny-button, [data-action-type=deny]",
        save="[data-testid=uc-save-button], [data-action-type=save]",
        settings="[data-testid=uc-customize-button], [data-testid=uc-more-button], [data-action-type=more]",
        refuse="window.UC_UI?.denyAllConsents?.()?.then?.(() => window.UC_UI.closeCMP?.())",
    ),
    Platform(
        "trustarc", "#truste-consent-track, .truste_box_overlay, #consent_blackbar, .trustarc-banner-container",
        reject="#truste-consent-required, .rejectAll, .declineAllButtonLower, .trustarc-declineall-btn",
        necessary=".pdynamicbutton .required", save=".pdynamicbutton .submit, .saveAndExit",
        settings="#truste-show-consent, .trustarc-manage-btn", veil=".truste_overlay",
    ),
    Platform(
        "sourcepoint", "[id^=sp_message_container_], .message-container",
        reject=".sp_choice_type_13, .sp_choice_type_REJECT_ALL",
        save=".sp_choice_type_SAVE_AND_EXIT, .sp_choice_type_SE", settings=".sp_choice_type_12",
        close=".sp_choice_type_15", veil="[class^=sp_veil]",
        refuse="window._sp_?.gdpr?.postRejectAll?.(() => {})",
    ),
    Platform(
        "osano", ".osano-cm-dialog, .osano-cm-info",
        reject=".osano-cm-denyAll, .osano-cm-deny, .osano-cm-button--type_denyAll",
        save=".osano-cm-save, .osano-cm-button--type_save", settings=".osano-cm-manage",
        close=".osano-cm-dialog__close, .osano-cm-close",
    ),
    Platform(
        "complianz", ".cmplz-cookiebanner", reject=".cmplz-deny", save=".cmplz-save-preferences",
        settings=".cmplz-view-preferences", close=".cmplz-close", veil=".cmplz-soft-cookiewall",
        refuse="window.cmplz_deny_all?.()",
    ),
    Platform(
        "klaro", ".klaro .cookie-notice, .klaro .cookie-modal", reject=".cn-decline, .cm-btn-decline",
        settings=".cn-learn-more", veil=".klaro .cm-bg",
        refuse="(manager => manager && (manager.changeAll(false), manager.saveAndApplyConsents()))"
        "(window.klaro?.getManager?.())",
    ),
    Platform(
        "cookieyes", ".cky-consent-container, .cky-modal.cky-modal-open, #cookie-law-info-bar",
        reject=".cky-btn-reject, #cookie_action_close_header_reject", save=".cky-btn-preferences",
        settings=".cky-btn-customize", close=".cky-banner-btn-close", veil=".cky-overlay",
        refuse="window.performBannerAction?.('reject')",
    ),
    Platform(
        "borlabs", "#BorlabsCookieBox, #BorlabsDialog",
        reject="[data-cookie-refuse], ._brlbs-refuse-btn a, .brlbs-btn-accept-only-essential",
        save="#CookiePrefSave, .brlbs-btn-save", settings="[data-cookie-individual]",
    ),
    Platform(
        "iubenda", "#iubenda-cs-banner", reject=".iubenda-cs-reject-btn", settings=".iubenda-cs-customize-btn",
        close=".iubenda-cs-close-btn", refuse="window._iub?.cs?.api?.rejectAll?.()",
    ),
    Platform(
        "google", ".fc-consent-root", reject=".fc-cta-do-not-consent", save=".fc-confirm-choices",
        settings=".fc-cta-manage-options", veil=".fc-dialog-overlay",
    ),
    Platform(
        "axeptio", "#axeptio_overlay, .axeptio_mount", reject="#axeptio_btn_dismiss",
        settings="#axeptio_btn_configure",
    ),
    Platform(
        "civic", "#ccc[open], #ccc-notify, #ccc-content", reject="#ccc-notify-reject, #ccc-reject-settings",
        save="#ccc-dismiss-button", close="#ccc-close", veil="#ccc-overlay",
    ),
    Platform(
        "consentmanager", "#cmpbox", reject=".cmpboxbtnno, #cmpwelcomebtnno a", save=".cmpboxbtnsave",
        settings=".cmpboxbtncustom", veil="#cmpbox2, .cmpboxBG", refuse="window.__cmp?.('setConsent', 0)",
    ),
    Platform(
        "tarteaucitron", "#tarteaucitronAlertBig, #tarteaucitron",
        reject="#tarteaucitronAllDenied2, #tarteaucitronAllDenied",
        settings="#tarteaucitronCloseAlert",
        refuse="window.tarteaucitron?.userInterface?.respondAll?.(false)",
    ),
    Platform(
        "cookieconsent", "#cc-main .cm, #cc-main .pm, .cc-window.cc-banner, .cc-window.cc-floating",
        reject="[data-role=necessary], .cc-deny", save="#cc-main [data-role=save]",
        settings="#cc-main [data-role=show]",
        refuse="window.CookieConsent?.acceptCategory?.([]), window.CookieConsent?.hide?.()",
    ),
    Platform(
        "termly", "[class*=termly-styles][role=alertdialog], #termly-consent-content",
        reject="[data-tid=banner-decline], .t-declineButton", settings="[data-tid=banner-preferences]",
    ),
    Platform(
        "hu-manity", "#cookie-notice, #hu.hu-visible", reject="#cn-refuse-cookie, [data-hu-action=deny]",
        close="#cn-close-notice",
    ),
    Platform(
        "shopify", "#shopify-pc__banner, #shopify-pc__prefs__dialog",
        reject="#shopify-pc__banner__btn-decline, #shopify-pc__prefs__header-decline",
        save="#shopify-pc__prefs__header-save", settings="#shopify-pc__banner__btn-manage-prefs",
    ),
    Platform(
        "moove", "#moove_gdpr_cookie_info_bar, #moove_gdpr_cookie_modal",
        reject=".moove-gdpr-infobar-reject-btn, .moove-gdpr-modal-reject-all", save=".moove-gdpr-modal-save-settings",
        settings=".moove-gdpr-infobar-settings-btn",
    ),
)  # fmt: skip
"""From each platform's public documentation and markup."""

CONSENT_HOSTS = r"^consent\.(google|youtube)\.[a-z.]+$|^(guce|consent)\.(yahoo|aol|techcrunch|engadget)\.com$"
"""Hosts that are nothing but a consent page; a choice there is a form that leads back to where the way began."""
