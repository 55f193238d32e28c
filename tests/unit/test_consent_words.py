"""What buttons and notices say, in ten languages; above all, what must never be taken for a no."""

from __future__ import annotations

import pytest

from capture.consent_words import Choice, asks_for_money, closing_accepts, meaning, speaks_of_consent

LABELS = {
    Choice.REJECT: (
        "Reject all", "Reject All Cookies", "Decline", "I decline", "Deny", "DISAGREE", "Refuse all", "No thanks",
        "Continue without accepting →", "Do not consent", "I do not accept", "Reject non-essential", "Opt out",
        "Do not sell my personal information", "Disagree to all", "Alle ablehnen", "Ablehnen",
        "Ohne Zustimmung weiter",
        "Nicht zustimmen", "Tout refuser", "Continuer sans accepter", "Je refuse", "Non merci", "Rechazar todo",
        "Rechazar todas", "Continuar sin aceptar", "Rifiuta tutti", "Rifiuta", "Continua senza accettare",
        "Alles weigeren", "Weigeren", "Alle cookies afwijzen", "Odrzuć wszystkie", "Nie zgadzam się", "Rejeitar tudo",
        "Recusar", "Continuar sem aceitar", "全部拒绝", "拒绝", "拒绝所有 Cookie", "不同意", "全部拒絕",
        "すべて拒否", "同意しない",
    ),
    Choice.NECESSARY: (
        "Only necessary", "Necessary cookies only", "Accept only essential cookies", "Essential only",
        "Use necessary cookies only", "Allow essential cookies", "Accept necessary", "Nur notwendige Cookies",
        "Nur essenzielle Cookies akzeptieren", "Notwendige akzeptieren", "Uniquement les cookies nécessaires",
        "Solo necesarias", "Solo cookie tecnici", "Usa solo i cookie necessari", "Alleen noodzakelijke cookies",
        "Tylko niezbędne", "Apenas os necessários", "仅接受必要的 Cookie", "仅必要", "只允许必需的 Cookie",
        "必要なもののみ",
        "必須Cookieのみ許可",
    ),
    Choice.SAVE: (
        "Save settings", "Save my choices", "Confirm my choices", "SAVE & EXIT", "Allow selection", "Save and close",
        "Auswahl speichern", "Auswahl erlauben", "Speichern", "Enregistrer mes choix", "Valider",
        "Guardar preferencias",
        "Salva preferenze", "Voorkeuren opslaan", "Selectie toestaan", "Zapisz ustawienia", "Guardar", "保存设置",
        "确认我的选择",
        "設定を保存する", "選択内容を保存",
    ),
    Choice.SETTINGS: (
        "Cookie settings", "Manage options", "Manage preferences", "Customize", "MORE OPTIONS", "Let me choose",
        "Einstellungen", "Anpassen", "Paramétrer les cookies", "Personnaliser", "Configurar", "Gestionar opciones",
        "Personalizza", "Instellingen aanpassen", "Ustawienia", "Definições de cookies", "Cookie 设置", "管理选项",
        "偏好设置", "設定を管理", "カスタマイズ",
    ),
    Choice.CLOSE: ("×", "✕", "X", "Close", "Close this dialog", "Schließen", "Fermer", "关闭", "閉じる"),
    Choice.ACCEPT: (
        "Accept", "Accept all", "Accept All Cookies", "I agree", "Agree & close", "Allow all", "OK", "Got it", "Yes",
        "Save and accept all", "Accept and continue", "Allow all cookies", "Accept necessary and analytics",
        "Accept non-essential cookies", "Consent", "Alle akzeptieren", "Zustimmen und weiter", "Einverstanden",
        "Alles erlauben", "Tout accepter", "J'accepte", "Accepter & Fermer", "OK pour moi", "Aceptar todo",
        "Accetta tutti",
        "Alles accepteren", "Akkoord", "Akceptuję wszystkie", "Zgadzam się", "Aceitar tudo", "Entendi", "全部接受",
        "同意并继续", "接受所有 Cookie", "知道了", "すべて許可", "同意する", "Enable all",
    ),
    Choice.PAY: (
        "Reject and subscribe", "Ablehnen und abonnieren", "Refuser et s'abonner", "Jetzt abonnieren", "Pay 2,99 €",
        "Subscribe without ads", "Rifiuta e abbonati", "Rechazar y suscribirse", "Sign in", "Ablehnen (3,99 €/Monat)",
        "登录", "开通会员", "有料プランに登録",
    ),
    None: ("", "Read more", "Privacy policy", "Impressum", "Partners", "Necessary", "Marketing", "隐私政策", "English"),
}  # fmt: skip

NOTICES = (
    "This site uses cookies.",
    "We and our 842 partners store and access information on your device, and use cookies for personalised ads.",
    "We value your privacy. With your consent we measure what is read. You may withdraw your consent at any time.",
    "By clicking accept you agree to the use of cookies on this website.",
    "Wir verwenden Cookies und ähnliche Technologien.",
    "Nous utilisons des cookies et des traceurs pour mesurer l'audience.",
    "Utilizamos cookies propias y de terceros. Consulte la política de cookies.",
    "Questo sito utilizza cookie tecnici e di profilazione.",
    "Wij gebruiken cookies om onze website te verbeteren.",
    "Używamy plików cookies, aby ułatwić korzystanie z serwisu.",
    "Este site utiliza cookies para melhorar a sua experiência.",
    "我们使用 Cookie 来改善您的浏览体验。",
    "我們使用 cookies 以提升您的體驗。",
    "当サイトではCookieを使用しています。",
    "クッキーの使用に同意しますか。",
)
OTHERS = (
    "Your order: 12 cookies with chocolate. Use the code OATS.",
    "Anna is calling you.",
    "We have changed our terms of service and our privacy policy.",
    "Delete this repository for ever?",
    "Are you over 18? This site uses cookies.",
    "Subscribe to our letter, and never miss a recipe for cookies.",
    "Reject this friend request? Your data stays as it is.",
    "您的订单：曲奇饼干两盒。",
    "Ihr Warenkorb: Cookies mit Schokolade",
    "Turn on notifications?",
    "Your session will end in a minute. Continue?",
    "This video is private.",
)


@pytest.mark.parametrize(
    ("label", "choice"), [(label, choice) for choice, labels in LABELS.items() for label in labels]
)
def test_a_button_is_known_by_its_label(label: str, choice: Choice | None) -> None:
    assert meaning(label) is choice


def test_what_might_give_consent_is_never_read_as_a_refusal() -> None:
    for label in (*LABELS[Choice.ACCEPT], *LABELS[Choice.PAY]):
        assert meaning(f"  {label.upper()} » ") in (Choice.ACCEPT, Choice.PAY), label


def test_a_sentence_is_no_label() -> None:
    assert meaning("Reject all of what was said above, because it is neither true nor useful to any of us") is None


@pytest.mark.parametrize("text", NOTICES)
def test_a_notice_is_known_by_its_words(text: str) -> None:
    assert speaks_of_consent(text)


@pytest.mark.parametrize("text", OTHERS)
def test_other_layers_are_no_notices(text: str) -> None:
    assert not speaks_of_consent(text)


@pytest.mark.parametrize(
    "text",
    [
        "Accept cookies, or read without ads for €2.99 a month.",
        "Weiter mit Werbung und Cookies, oder Pur-Abo für 3,99 € im Monat.",
        "Accepter les cookies ou s'abonner sans publicité: 1 €",
        "Accetta i cookie o abbonati senza pubblicità, 1,99 € al mese",
        "Subscribe to browse without personalised ads or tracking.",
    ],
)
def test_pay_or_accept_is_told(text: str) -> None:
    assert asks_for_money(text)


def test_most_notices_do_not_ask_for_money() -> None:
    assert not [text for text in NOTICES if asks_for_money(text)]


@pytest.mark.parametrize(
    "text",
    [
        "By closing this banner, you accept the use of cookies.",
        "By continuing to browse this site you agree to our use of cookies.",
        "Durch Schließen dieses Hinweises stimmen Sie der Verwendung von Cookies zu.",
        "En poursuivant votre navigation, vous acceptez l'utilisation de cookies.",
        "Chiudendo questo banner acconsenti all'uso dei cookie.",
        "继续浏览即表示您同意我们使用 Cookie。",
    ],
)
def test_closing_may_mean_consent(text: str) -> None:
    assert closing_accepts(text)


def test_closing_most_notices_does_not() -> None:
    assert not [text for text in NOTICES if closing_accepts(text)]
