"""The words by which the world's mail servers say that a mail was not delivered."""

from __future__ import annotations

import re


def any_of(phrases: str) -> re.Pattern[str]:
    """One pattern of the phrases, each a regular expression for text whose white space is squeezed.

    One a line; a line that begins with `|` goes on with the one before.
    """
    lines = "\n".join(line.strip() for line in phrases.strip().splitlines())
    return re.compile(lines.replace("\n|", "|").replace("\n", "|"), re.IGNORECASE)


def squeezed(text: str) -> str:
    """The text with each run of white space as one blank, as the patterns expect it."""
    return " ".join(text.split())


DAEMON_LOCAL = any_of(r"""
    ^mailer[-_.]?(?:daemon|demon)
    ^postmaster
    ^mail[-_.]?(?:daemon|system|delivery)
    ^mdaemon
    ^bounces?$
    ^majordomo
    ^listserv
    ^delivery-?status
""")

DAEMON_NAME = any_of(r"""
    mailer[- ]daemon
    mail delivery (?:sub)?system
    mail delivery service
    (?:mail|e-mail) (?:administrator|system|router)
    ^system administrator
    ^postmaster
    ^microsoft outlook$
    internet mail delivery
    systemadministrator
""")

# How the subjects of reports begin; `Re:` and `Fwd:` do not, so that people who talk about one are let through.
SUBJECT = any_of(r"""
    ^(?:\*+ ?)?(?:mail |message |e-?mail )?(?:delivery )?(?:failure notice|status notification)
    ^delivery (?:status|failure|failed|delayed|error|problem|report|notification|has failed|temporarily
    |unsuccessful)
    ^(?:your )?(?:mail|message|e-?mail) (?:delivery )?(?:failure|failed|error|has failed|could not be delivered
    |system error)
    ^(?:\S{1,80} )?(?:mail|message|e-?mail) delivery (?:failed|failure|has failed|error|problem|delayed|subsystem)
    ^failure notice
    ^failed (?:mail|delivery|message)
    ^failure delivery
    ^undeliver(?:able|ed)
    ^returned mail
    ^returned to sender
    ^(?:mail|message|e-?mail) returned
    ^mail (?:system error|could not)
    ^warning: (?:could not send|message|e-?mail|mail)
    ^could not (?:send|deliver)
    ^(?:non[- ]?delivery|nondelivery)
    ^ndn:
    ^ndr:
    ^bounced? (?:mail|message|e-?mail)
    ^(?:the )?message .{0,80}(?:not delivered|undeliverable|could not be delivered)
    ^nicht zugestellt
    ^unzustellbar
    ^unzustellbare
    ^nachricht (?:nicht|konnte nicht)
    ^zustellung (?:fehlgeschlagen|verz[oö]gert)
    ^(?:mail|e-mail)-?zustellung
    ^non remis
    ^non distribuable
    ^message non (?:remis|distribu|d[ée]livr)
    ^[ée]chec (?:de|d')
    ^notification d'[ée]tat de
    ^notificaci[oó]n de(?:l)? estado de (?:la )?entrega
    ^no se puede entregar
    ^no (?:se ha )?entregado
    ^correo (?:no entregado|devuelto)
    ^mensaje (?:no entregado|devuelto)
    ^error (?:de|en la) entrega
    ^non recapitabile
    ^messaggio non (?:consegnat|recapitat)
    ^mancata consegna
    ^mancato recapito
    ^notifica (?:dello )?stato (?:della )?consegna
    ^n[aã]o (?:foi poss[ií]vel entregar|entregue|pode ser entregue)
    ^(?:mensagem|e-?mail) (?:n[aã]o entregue|devolvid[ao])
    ^falha (?:na|de|no) (?:entrega|envio)
    ^notifica[cç][aã]o d[eo] (?:status|estado)
    ^onbestelbaar
    ^kan niet worden bezorgd
    ^niet bezorgd
    ^(?:bericht|e-?mail) (?:niet|kan niet)
    ^bezorging mislukt
    ^olevererbar[ta]?
    ^kunde inte levereras
    ^kan inte levereras
    ^ej levererat
    ^kan ikke leveres
    ^ikke leveret
    ^ikke levert
    ^kunne ikke leveres
    ^uleverbar
    ^ei voitu toimittaa
    ^toimitus ep[aä]onnistui
    ^viesti[aä] ei voi
    ^ei toimitettavissa
    ^niedostarczon
    ^nie mo[zż]na dostarczy
    ^nie dostarczono
    ^zwrot
    ^zwr[oó]cona
    ^ned?oru[cč]iteln
    ^nedoru[cč]en
    ^nelze doru[cč]it
    ^k[eé]zbes[ií]thetetlen
    ^nem k[eé]zbes[ií]thet
    ^k[eé]zbes[ií]t[eé]si
    ^nelivrat
    ^nu poate fi livrat
    ^e[sș]ec (?:la|de) livrare
    ^не удается доставить
    ^не доставлено
    ^недоставленное
    ^ваше сообщение не доставлено
    ^сообщение не доставлено
    ^ошибка доставки
    ^не вдалося доставити
    ^не доставлено
    ^недоставлен
    ^teslim edilemedi
    ^ula[sş]t[\u0131i]r[\u0131i]lamad[\u0131i]
    ^iletilemedi
    ^g[oö]nderilemedi
    ^配信不能
    ^配信できません
    ^配信エラー
    ^メール(?:送信|配信)
    ^メールエラー
    ^送信エラー
    ^メッセージを(?:配信|送信)
    ^未配信
    ^宛先不明
    ^无法投递
    ^未送达
    ^未送達
    ^退信
    ^系统退信
    ^無法傳遞
    ^投递失败
    ^邮件投递失败
    ^μη παραδοτ
    ^αδυναμία παράδοσης
    ^لم يتم التسليم
    ^תקלה במשלוח
    ^전송 실패
    ^배달되지
""")

# What a report says about itself, in its first lines.
OPENING = any_of(r"""
    created automatically by (?:the |our )?(?:mail delivery|smtp relay|mail system|mailer)
    automatically generated delivery status notification
    (?:mail|message|e-?mail)s?(?: that)?(?: you)?(?: have)?(?: sent)?(?: below)? (?:could|can|cannot|was|were
    |has|have)(?: ?not)?(?: been)?(?: be)? (?:un)?(?:delivered|deliverable)
    could not (?:be )?deliver(?:ed)?
    (?:unable|wasn't able|was not able|not able|not possible|impossible|failed) to (?:be )?deliver
    undeliverable (?:mail|message|to|address|for)
    was undeliverable
    did not reach the following recipient
    (?:delivery|mail) to the following (?:recipient|address|user)
    the following (?:recipient|address|user|mail|message)\S{0,10} (?:failed|had|was|were|could|has|have)
    following addresses had (?:permanent|transient|delivery)
    delivery (?:has |was )?(?:failed|delayed|incomplete|unsuccessful)
    delivery (?:attempt|status|report|error|problem)
    was rejected by (?:a|the) (?:remote|recipient)
    recipients? (?:was|were) rejected
    error (?:occurred|delivering|while) (?:while )?(?:trying|attempting|delivering|your)
    error delivering your
    returned to (?:the )?sender
    your (?:mail|message|e-?mail) (?:to \S{1,320} )?(?:could not|couldn't|can't|cannot|wasn't|was not|has not
    |did not|is delayed)
    (?:is|has been) delayed for more than
    failure reasons
    delivery failed
    unknown (?:user|recipient)
    unable to deliver
    host or domain name not found
    this is the (?:mail system|postfix|qmail|mailer)
    nicht zugestellt werden
    n'a pas (?:pu|été) (?:être )?(?:remis|distribu|livr|d[ée]livr)
    no (?:se )?(?:ha )?(?:podido|pudo|puede) (?:ser )?entregar
    no ha sido entregado
    (?:non|stat[oa]) (?:è stato )?(?:possibile )?(?:consegnat|recapitat|consegnare|recapitare)
    n[ãa]o (?:foi|p[ôo]de|pode)(?: possível)?(?: ser)? entreg
    niet (?:worden )?(?:bezorgd|afgeleverd)
    inte levereras
    ikke (?:blive |kunne )?lever(?:es|et|t)
    ei (?:voitu|voida) toimittaa
    nie (?:mogła|może|mógł|można) (?:zostać |być )?dostarcz
    (?:nemohla|nelze|nemůže|nebyla) (?:být )?doru[čc]
    nem (?:lehetett|sikerült|lehet) k[ée]zbes[íi]t
    nu a putut fi livrat
    не (?:может быть|было|удалось|удается|доставлен)
    не (?:вдалося|може бути) достав
    (?:teslim|iletil|gönderil|ulaşt\u0131r\u0131l)\w{0,10}(?:edilemedi|emedi|amad\u0131)
    送信できませんでした
    配信できません
    配送できません
    お届けできません
    無法(?:傳遞|送達|投遞)
    无法(?:投递|送达|发送)
    退回
    존재하지 않
    "notificationType"
    final-recipient:
""")

# Lines after which the mail that came back follows.
RETURNED = re.compile(
    r"^[ \t>]{0,10}(?:[-_=*]{2,80}[ \t]{0,5})?(?:"
    r"(?:this|below|included|here|following|the following)[^\n]{0,30} (?:is|is a) (?:a )?cop(?:y|ies) of"
    r"|below this line is a copy|included is a copy|below is a copy"
    r"|the headers? of the original message"
    r"|(?:original|returned|unsent|your|undelivered|bounced) (?:mail|message|e-?mail|headers?)"
    r"(?: (?:follows?|below|headers?|text|contents?|was))?[ \t]{0,5}[-:.=*]"
    r"|original message(?: headers)?[ \t]{0,5}$"
    r"|unsent message below|message headers? follows?|message header:"
    r"|-{5,40}[ \t]?forwarded message"
    r"|forwarded message -{3}"
    r"|received: (?:from|by|\(qmail)|return-path: ?<)"
    r"[^\n]{0,400}$",
    re.IGNORECASE | re.MULTILINE,
)
