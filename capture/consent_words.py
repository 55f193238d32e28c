"""What consent notices and their buttons say, in ten languages. Pure: words in, a meaning out.

English, German, French, Spanish, Italian, Dutch, Polish, Portuguese, Chinese and Japanese. A button is read with a
bias: whatever might give consent counts as giving it, so that it is never pressed.
"""

from __future__ import annotations

import re
from enum import StrEnum

MAX_LABEL = 70
"""A longer text is a sentence, and no button's label."""


class Choice(StrEnum):
    """What a button does; in the order in which a private person would press them."""

    REJECT = "reject"
    NECESSARY = "necessary"
    SAVE = "save"
    """Keeps what is ticked: private once nothing is."""
    SETTINGS = "settings"
    """Opens a further layer, with more choices."""
    CLOSE = "close"
    ACCEPT = "accept"
    """Never pressed; also `OK`, and whatever says yes to part of it."""
    PAY = "pay"
    """Never pressed: sells a subscription, or asks to sign in."""


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_PAY = _words(
    r"subscri|abonn|\babo\b|pur-abo|\bpay\b|paying|payment|\bbuy\b|premium|kostenpflichtig|bezahl|zahlen|payer|payant|"
    r"suscri|pagar|pagando|abbona|betal|płat|assin(ar|e|atura)\b|[€£$]|\d\s?(eur|usd)\b",
    r"\b(log|sign)[ -]?(in|up)\b|anmelden|registrier|s'identifier|se connecter|iniciar sesión|accedi|inloggen|zaloguj",
    r"订阅|訂閱|付费|付費|会员|會員|登录|登錄|登入|購読|有料|ログイン",
)
_REJECT = _words(
    r"^(i )?(reject|decline|refuse|deny|disagree|opt[- ]?out|object)\b(?! (and|&) (pay|subscribe))",
    r"^(i )?(do not|don['’]?t|do n[o']t) (accept|agree|consent|allow|sell|share|track)",
    r"^(continue|proceed|close|exit|go on) without (accepting|agreeing|consent(ing)?|cookies|tracking)",
    r"^no,? (thanks?|thank you|cookies|i do not)\b|^no$|^turn off( all| optional)?( cookies)?$|\bdisagree to all\b",
    r"ablehnen|^ablehnung|verweiger|widersprechen|nicht (zustimmen|akzeptieren|einverstanden)|"
    r"ohne (zustimmung|einwilligung|zu akzeptieren|einverständnis|zuzustimmen)|^nein(, danke)?$",
    r"refuse[rz]?\b|^je refuse|rejeter|sans accepter|n['’]accepte|^non,? merci|s['’]opposer|^non$",
    r"rechaz|denegar|^no acept|sin aceptar|^no,? gracias|^rehusar|declinar",
    r"rifiut|^nega\b|senza accettare|^non accett|^no,? grazie",
    r"weiger|afwijz|niet akkoord|zonder (te )?accepteren|^nee(,? bedankt)?$|niet accepteren",
    r"odrzu[ćc]|odmawiam|nie (zgadzam|akceptuj|wyrażam)|bez (akceptacji|zgody)",
    r"rejeitar|recusar|^não (aceit|concord)|sem aceitar|^não,? obrigad",
    r"拒绝|拒絕|不同意|不接受|不允许|不允許|拒否|同意しない|許可しない|承諾しない",
)
_NECESSARY_NOUN = (
    r"(necessary|essential|required|mandatory|needed|notwendig\w*|erforderlich\w*|essenziell\w*|essentiell\w*|"
    r"technisch\w*|nécessaires?|essentiels?|requis|obligatoires|indispensables|necesari[ao]s|esenciales|técnicas|"
    r"obligatorias|necessari|essenziali|tecnici|noodzakelijke?|essentiële|functionele|vereiste|niezbędn\w+|"
    r"konieczn\w+|wymagan\w+|necessários|essenciais|obrigatórios|必要|必需|必须|必須|基本)"
)
_ONLY = (
    r"(only|just|strictly|nur|ausschließlich|lediglich|uniquement|seulement|que les|solo|sólo|únicamente|soltanto|"
    r"alleen|enkel|tylko|wyłącznie|apenas|só|somente|仅|僅|只|のみ|だけ)"
)
_USES = (
    r"(use|accept|allow|continue with|proceed with|keep|akzeptier\w*|zulassen|erlauben|verwenden|accepter|autoriser|"
    r"acept\w*|permit\w*|accett\w*|usa|accepter\w*|toestaan|akceptuj\w*|zaakceptuj|aceit\w*|接受|允许|允許|同意|許可)"
)
_NECESSARY = _words(
    rf"{_ONLY}.*{_NECESSARY_NOUN}", rf"{_NECESSARY_NOUN}.*{_ONLY}",
    rf"^{_USES} (the |les |las |i |os |de )?(cookies? )?{_NECESSARY_NOUN}( cookies?)?$",
    rf"^{_NECESSARY_NOUN}(e|en)? (cookies? )?{_USES}$",
)  # fmt: skip
_MORE_THAN_NECESSARY = _words(
    r"\bnon[- ]?(essential|necessary)|nicht (notwendig|erforderlich|essen)|non (nécessaires|essentiels)|"
    r"no (necesari|esencial)|non necessari|niet[- ]noodzakelijk|não (essenc|necess)|非必要|必要以外",
    rf"{_NECESSARY_NOUN} (and|&|und|et|y|e|en|i) (?!close\b)\w+",
)
_ALL = _words(
    r"\ball\b|\balle[sn]?\b|\btous\b|\btout(es)?\b|\btod[ao]s?\b|\btutt[ie]\b|wszystk|\btudo\b|全部|所有|すべて|全て"
)
_SAVE = _words(
    r"^(save|confirm|submit|apply|store|keep)\b.{0,50}$|^(allow|accept|use) (my |the )?(current |selected )?"
    r"(selection|selected|choices?)( cookies)?$",
    r"(auswahl|einstellungen|präferenzen) .{0,14}(speichern|bestätigen|erlauben|übernehmen|zulassen|akzeptieren)|"
    r"^(speichern|bestätigen|ausgewählte\w* (akzeptieren|erlauben|zulassen))",
    r"^(enregistrer|sauvegarder|valider|confirmer)\b|^autoriser la sélection",
    r"^(guardar|confirmar|permitir la selección|aceptar (la )?selecci)",
    r"^(salva|conferma|accetta (i )?selezionati|consenti la selezione)\b",
    r"opslaan|^bewaar|^bevestig|^selectie (toestaan|accepteren)|^(mijn )?keuze bevestigen",
    r"^(zapisz|potwierdź|zatwierdź)|^zezwól na wybór",
    r"^(guardar|salvar|confirmar|permitir (a )?seleção)\b",
    r"^保存|保存(する)?$|^確定|^确认(我的)?(选择|选项|设置|偏好)|^確認(我的)?(選擇|設定)|選択(内容)?を(保存|許可)",
)
_ACCEPT = _words(
    r"accept|agree|\ballow|\bconsent\b|^ok(ay)?\b|\bgot it\b|understood|\bi understand|^yes\b|^sure\b|enable",
    r"^continue$",
    r"akzeptier|zustimm|einverstanden|erlauben|zulassen|verstanden|^ja\b|annehmen|aktivieren|^weiter$",
    r"accepter|j['’]accepte|autoriser|d['’]accord|^oui\b|compris|activer",
    r"acept|permitir|de acuerdo|entendido|^sí\b|accett|consenti|ho capito|^sì\b|akkoord|toestaan|begrepen|"
    r"akceptuj|zgadzam|zezw|rozumiem|^tak\b|aceit|concord|entendi|^sim\b",
    r"接受|同意|允许|允許|知道了|好的|了解|明白|確認|确认|許可|承諾|はい",
)
_SETTINGS = _words(
    r"\bmanage\b|customi[sz]e|\bsettings\b|preferences|\boptions\b|\bchoices\b|configure|let me choose|"
    r"\bmy choices\b|\bpurposes\b|(show|view|see|cookie) details|^personali[sz]e$",
    r"einstellung|anpassen|konfigurier|optionen|präferenz|verwalten|individuell|zwecke anzeigen",
    r"paramètr|paramétr|personnalis|gérer|configurer|préférences|choisir|en détail|configurar|personalizar|"
    r"gestionar|preferencias|opciones|ajustes|personalizza|impostazioni|gestisci|preferenze|opzioni|scopri di più e",
    r"instellingen|aanpassen|voorkeuren|beheren|opties|ustawie|dostosuj|zarządzaj|preferencj|opcje|definições|"
    r"gerir|gerenciar|preferências|opções|configura",
    r"设置|設置|設定|管理|自定义|自訂|偏好|选项|選項|カスタマイズ",
)
_CLOSE = _words(
    r"^(close|dismiss|hide|x|×|✕|✖|✗|⨯|╳|❌)$",
    r"^close( (this|the))?( cookie)? ?(banner|dialog|notice|window|message|popup)?$",
    r"^(schließen|fermer|cerrar|chiudi|sluiten|zamknij|fechar|閉じる|关闭|關閉|关 ?闭)$",
)


def meaning(label: str) -> Choice | None:
    """What a button with that label does; None if it says nothing of consent."""
    said = tidy(label)
    if not said or len(said) > MAX_LABEL:
        return None
    if _PAY.search(said):
        return Choice.PAY
    if _NECESSARY.search(said) and not _MORE_THAN_NECESSARY.search(said):
        return Choice.NECESSARY
    if _REJECT.search(said) and not re.search(r"(?i)\baccept (all|everything)|or accept|alle akzeptieren", said):
        return Choice.REJECT
    if _SAVE.search(said) and not _ALL.search(said):
        return Choice.SAVE
    if _CLOSE.search(said):
        return Choice.CLOSE
    if _ACCEPT.search(said):
        return Choice.ACCEPT
    return Choice.SETTINGS if _SETTINGS.search(said) else None


def tidy(label: str) -> str:
    """A label without the arrows, quotes and spaces around it."""
    said = re.sub(r"\s+", " ", label).strip()
    return said if len(said) <= 1 else re.sub(r"^[\s›»>→‹«<•|.,:;!\"“”]+|[\s›»>→‹«<•|.,:;!\"“”]+$", "", said)


# The notice itself

_OF_COOKIES = _words(
    # English: somebody who uses them, or a thing that is named after them; a baker's cookies are neither.
    r"\b(we|us|site|website|page|partners?|vendors?|app|service|companies|publisher|technologies)\b[^.!?]{0,50}"
    r"\b(use[sd]?|using|store[sd]?|set|place[sd]?|need|employ)\b[^.!?]{0,70}\bcookies\b",
    r"\b(use|usage|using|acceptance) of\b[^.!?]{0,25}\bcookies\b|\b(using|accept|reject|manage|optional|essential|"
    r"non-essential|necessary|tracking|analytics|third[- ]party|marketing|functional|all) cookies\b[^.!?]{0,80}"
    r"\b(website|site|experience|analy|advert|personal|traffic|privacy|preferences|consent|settings|policy|partners)",
    r"\bcookies? (policy|settings|preferences|notice|consent|choices|statement|declaration|control)\b",
    r"\bcookies (and|or) (similar|other|related|tracking|data|comparable)\b|\bcookies (to|help|allow|enable) (us|you|"
    r"the site|the website|ensure|improve|give|offer|analy[sz]e|personali[sz]e|provide|deliver|make|remember|measure)",
    # German, French, Spanish, Italian, Dutch, Polish, Portuguese
    r"(verwend|nutz|setz|einsatz|benutz|speicher|brauch)\w*[^.!?]{0,60}cookies|cookies?[^.!?]{0,60}(verwend|nutz|"
    r"gesetzt|einsetz|eingesetzt|speicher)|cookie-?(einstellung|richtlinie|hinweis|erklärung)",
    r"(utilis|dépos|stock|accept|recour|emploi)\w*[^.!?]{0,60}(cookies|traceurs)|politique [^.!?]{0,24}cookies|"
    r"(cookies|traceurs)[^.!?]{0,60}(utilis|mesur|audience|consentement|finalités)",
    r"(utiliz|usa|usam|emple|almacen|utilizz|impieg|armazen)\w*[^.!?]{0,60}cookies?|pol[íi]tica de cookies|"
    r"cookie policy|informativa [^.!?]{0,20}cookie|cookies? (e|o) (altre )?tecnologie",
    r"(gebruik|plaats|maken)\w*[^.!?]{0,60}cookies|cookie(beleid|verklaring|instellingen|voorkeuren)|"
    r"(używa|wykorzyst|stosuj|korzysta|zapisuj)\w*[^.!?]{0,60}(cookies?|ciastecz)|plik(i|ów|ach|ami) cookies?",
    # Chinese, Japanese
    r"(使用|接受|存储|儲存|管理|设置|必要|启用|啟用|拒绝|拒絕|同意|透過|通过).{0,12}cookies?|"
    r"cookies?.{0,12}(政策|设置|設定|偏好|声明|聲明|通知|改善|提升|分析|同意|使用|利用|ポリシー|保存|および|など|を)|"
    r"クッキー.{0,12}(使用|利用|設定|ポリシー|同意|保存)",
)  # fmt: skip
_OF_PRIVACY = _words(
    r"\bwe (value|respect|care about|take) your (data )?privacy\b|\byour (privacy|consent|data)( (is|are|matters?)| "
    r"(choices|preferences|settings|rights))\b|\bconsent to (the|our|us|this) (use|processing|storing|storage|partners|"
    r"purposes)|\b(manage|withdraw|give|refuse) (your |my )?consent\b|legitimate interests?\b|\bgdpr\b|\btcf\b|"
    r"personali[sz]ed (ads|advertising|content)",
    r"\b(store|access) (and/or |or )?(access )?information on (a|your) device",
    r"(ihre|deine) (privatsphäre|einwilligung)|datenschutz-?(einstellung|präferenz)|einwillig|personenbezogene daten",
    r"(votre|respect\w*|protection de la) vie privée|votre consentement|données personnelles",
    r"(su|tu) (privacidad|consentimiento)|datos personales|(la )?(tua|sua|vostra) privacy|consenso|dati personali|"
    r"(jouw|uw|je) privacy|toestemming|persoonsgegevens|prywatnoś|zgod[aęy]|dan\w+ osobow|(sua|tua) privacidade|"
    r"consentimento|dados pessoais",
    r"(重视|尊重|保护|关注|重視|保護).{0,4}(您|你)的?.{0,4}(隐私|隱私|個資|个人信息)|(隐私|隱私)(偏好|设置|設定|选择|選擇)|"
    r"个性化广告|個人化廣告|プライバシー(設定|を(尊重|大切|重視)|ポリシー.{0,30}同意)|個人(情報|データ).{0,20}(同意|利用)",
)
_OF_SOMETHING_ELSE = _words(
    r"\b(are you|must be|i am) (over|at least|older|\d\d\b)|\b(18|21)( years|\+| or over)|\bage (verification|check)\b",
    r"volljährig|über 18|plus de 18 ans|mayor de edad|maggiorenne|18歳以上|年满|未满.{0,3}岁",
)
_PRICE = _words(
    r"[€£]\s?\d|\d([.,]\d\d)?\s?(€|£|eur\b|usd\b)|\$\s?\d+[.,]\d\d|\b(per|a|pro|par|al|por|/)\s?(month|monat|mois|mese|"
    r"mes|mês|week|woche)\b",
    r"\bpur[- ]?abo|contentpass|\b(subscribe|subscription|abonn\w+|abo)\b[^.!?]{0,80}(without|ohne|sans|sin|senza|"
    r"zonder|bez|sem) (\w+ ){0,2}(ads|advert|track|werbung|pub|cookies|annunci|reclame|reklam|tracciament)",
    r"(ads|advert\w*|track\w*|werbung|werbefrei|cookies)[^.!?]{0,60}\b(subscribe|subscription|abonn\w*|abo)\b",
    r"(每月|月费|付费订阅)|月額",
)
_CLOSING_ACCEPTS = _words(
    r"\b(by )?(clos|continu|scroll|brows|dismiss|navigat|us)(e|es|ing|ue|uing)?\b[^.!?]{0,60}\b(you |we assume |is )"
    r"[^.!?]{0,30}(accept|agree|consent)",
    r"(schließen|weiter|nutzung)\w*[^.!?]{0,60}(stimm|akzeptier|einverstanden)|(en fermant|en poursuivant|en "
    r"continuant)[^.!?]{0,60}accept|(al cerrar|si continúa|al continuar|chiudendo|proseguendo|continuando)[^.!?]{0,70}"
    r"(acept|accett|acconsent)|(door .{0,20}(sluiten|verder)|zamykając|kontynuując|ao fechar|ao continuar)[^.!?]{0,70}"
    r"(akkoord|zgadza|akceptuj|aceit|concord)|(关闭|继续|關閉|繼續).{0,20}(视为|即表示|表示|視為).{0,12}(同意|接受)",
)


def speaks_of_consent(text: str) -> bool:
    """Whether the words of a layer are those of a consent notice: about cookies, or about privacy and choices."""
    if _OF_SOMETHING_ELSE.search(text):
        return False
    return bool(_OF_COOKIES.search(text)) or len(_OF_PRIVACY.findall(text)) >= 2


def asks_for_money(text: str) -> bool:
    """A wall that offers consent or a subscription: to refuse is no choice there."""
    return bool(_PRICE.search(text))


def closing_accepts(text: str) -> bool:
    """Whether the notice says that going on, or closing it, is taken for consent."""
    return bool(_CLOSING_ACCEPTS.search(text))
