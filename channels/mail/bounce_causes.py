"""The words by which the world's mail servers say why a mail was not delivered: for good, or for now."""

from __future__ import annotations

from channels.mail.bounce_terms import any_of

# Trying again, or somewhere else, may help: these are heard before HARD.
SOFT = any_of(r"""
    (?:mailbox|mail box|inbox|account|user|storage|recipient|maildrop|directory|disk|boite|casella|buz[oó]n
    |postfach)\S{0,30}(?: \S{1,80}){0,5} (?:is |over |exceed\w{0,5} |has exceeded |ist )?(?:over)?(?:full|quota
    |pleine?|piena|lleno|voll)
    (?:over|exceed\w{0,4}|out of|disk|storage|mailbox|user|delivery|hard) ?-?(?:the |its |his |your |storage )?quota
    quota (?:has been )?(?:exceeded|full|violation)
    (?:mailbox|maildir|mail box) ?(?:has exceeded|exceeds|limit|size|delivery failure|over|is over)
    insufficient (?:disk|system|storage|space|quota)
    not enough (?:space|storage|disk)
    (?:no space|out of (?:disk|space|storage))
    too (?:big|large|many)
    (?:message|mail|size|length)\S{0,10}(?: \S{1,40}){0,4} exceeds?
    exceed\w{0,4} (?:\S{1,40} ){0,4}(?:size|limit|length)
    (?:account|user|mailbox|recipient|address|adresse|compte|domain)(?: \S{1,80}){0,8} (?:suspended|locked
    |bloqu[ée]\w{0,2}|frozen|on hold|blocked)
    (?:account|mailbox|user|email|user account|e-mail|email account)(?: (?:that you tried to reach
    |you tried to reach|\S{1,80}))?(?: (?:is|has been|was))?(?: \S{1,20})? (?:disabled|inactive|deactivated|expired)
    (?:disabled|inactive|deactivated|expired|suspended|locked) (?:account|mailbox|user|recipient|address)
    not accept\w{0,3} (?:messages|mail|e-?mail) (?:from|in)
    relay(?:ing)?\S{0,4} (?:access )?(?:denied|prohibited|not (?:permitted|allowed)|disallowed)
    (?:unable|not allowed|not permitted|refus\w{1,4}) to relay
    no relay
    (?:sender|from|envelope|return|mail from|originator)(?: address)? (?:address )?(?:rejected|refused|denied
    |unknown|verif|domain|not (?:exist|found|verified|valid))
    (?:unroutable|unrouteable|invalid|bad|unresolvable|unverifiable) sender
    domain of sender
    sender \S{1,320} (?:does not exist|rejected|unknown|not)
    (?:reverse|rdns|ptr|fcrdns|forward-confirmed)(?:[- ]?(?:dns|record|lookup|hostname|host))?
    (?:dmarc|dkim|\bspf\b|authenticat\w{2,4}|unauthenticated)
    (?:black|block|grey|gray|deny)[- ]?list
    \b(?:rbl|dnsbl|spamhaus|spamcop|barracudacentral|sorbs|senderbase|senderscore)
    (?:poor|bad|low) reputation
    spam
    virus
    (?:security|content|message|header|mail|local|administrative) (?:policy|filter|rejected|refused|violation)
    polic(?:y|ies)
    blocked (?:by|using|for|due|because)
    (?:client host|your (?:host|ip|server|domain|network)|ip address|connection)(?: \S{1,80})? (?:rejected
    |blocked|refused|is not allowed|banned|denied)
    (?<!ient address rejected: )access denied
    recipient preferences
    invalid ip
    (?:delivery|message|envelope|retry)(?: \S{1,20})? (?:time|expired|timeout|timed out)
    retry time(?:out)? (?:not reached|exceeded)
    (?:timed|time) ?-?out
    try (?:again )?later
    temporar(?:y|ily)
    could not (?:be delivered|deliver) (?:for|within|in)
    (?:connection|connect|network|socket|session) (?:refused|reset|closed|error|lost|dropped|failure
    |unreachable|timed)
    no route to host
    unable to (?:connect|establish|contact)
    wasn't able to establish
    did not accept our requests
    loop(?:s|ing)?\b
    too many hops
    hop count
    queue too long
    (?:will|going to) (?:be )?(?:retr|try again|keep trying)
    not a member
    not (?:allowed|permitted|authorized|authorised) to (?:post|send|mail)
    permission to post
    group you tried to contact
""")

# Nobody is there, and nobody will be.
HARD = any_of(r"""
    (?:user|recipient|mailbox|account|address|addressee|login|member|subscriber|destinat[aá]rio|usuario
    |empf[aä]nger|local-?part|person|username|name|addresses|id)\S{0,3}(?: \S{1,320}){0,4} (?:(?:is|are|was
    |has been) )?(?:currently |a |an )?(?:unknown|not (?:a )?(?:known|found|exists?|listed|valid|recogni[sz]ed
    |have|in|available|registered|our|here|local|present)|n't exist|doesn'?t exist|does not exist|doesn'?t have
    |no longer|invalid|unavailable|nonexistent|undefined|removed|deleted|closed|inconnu\w{0,2}|sconosciut
    |desconocid|n[aã]o existe|no existe|non esiste|existiert nicht|unbekannt)
    (?:unknown|invalid|no such|bad|non-?existent|undefined|unrecogni[sz]ed|illegal|incorrect|nonexisting
    |not a valid|not our|dead|closed|obsolete|wrong)(?: (?:or|local|virtual|e-?mail|mail|internal|user
    |destination|recipient|default|final|alias|mailing))* (?:user|recipient|mailbox|account|address|addressee
    |login|person|local[- ]?part|customer|username|subscriber|name|box|id)
    (?:user|recipient|mailbox|account|address|addressee)_(?:unknown|not_found)
    (?:user|recipient|mailbox|account|address) (?:lookup|verification) (?:failed|failure)
    no (?:such )?(?:user|mailbox|recipient|account|person|address|mail ?box|local|valid recipient
    |one)(?: \S{1,320})?(?: (?:here|by|with|in|at|exists?))
    no such (?:user|mailbox|recipient|account|person|address|mail ?box|email)
    no (?:mailbox|recipient|account|valid recipients?)\b
    (?:isn'?t|is not|not|aren't) (?:a |an |our )?(?:valid |known |active |local |in my |in our )?(?:user
    |mailbox|recipient|account|customer|member|validrcptto|badrcptto|listed in)
    (?:email|e-mail) (?:account|address)(?: that| you| entered| tried to reach)* (?:does not exist
    |couldn't be found|could not be found|not found|wasn't found)
    (?:address|mailbox|account|recipient)(?: \S{1,320})? (?:couldn't|could not|cannot|was not|wasn't) be found
    (?:address|mailbox|recipient) not found
    recipnotfound
    recipient ?not ?found
    unknown (?:to|in|or illegal|alias|address)
    user \S{1,320} (?:unknown|does not exist|not found|doesn't exist)
    not listed in (?:public|domino|name)
    directory lookup failed
    (?:does not|doesn't) (?:exist|have an? \S{0,40} ?account|like recipient)
    mailbox (?:unavailable|not available|not local)
    destination (?:mailbox|address|user)(?: \S{1,80})? (?:unknown|invalid|not valid)
    bad destination
    address (?:unknown|invalid)
    recipient address rejected(?:: access denied|\.?$|\. \()
    check (?:if|whether|that) (?:the |your )?address(?:es)? (?:is|are) correct
    invalid address
    (?:host|domain|system)(?: (?:or|name|lookup|domain|\S{1,255})){0,4} (?:not found|unknown|does not exist
    |doesn't exist|not exist|is invalid|nxdomain|not known)
    (?:unknown|no such|bad|invalid|unresolvable|cannot find|couldn't find any|can't find|illegal) (?:host
    |domain|mail server|destination|hostname|mx)
    name (?:service|server) error
    name or service not known
    (?:un|non)-?rout(?:e)?able (?:address|mail domain|domain)
    (?:mx|a) (?:record|host)\S{0,3}(?: \S{1,40}){0,4} (?:not found|found|do(?:es)? not exist)
    has no (?:mx|a) records?
    null ?mx
    does not accept (?:any )?(?:mail|e-?mail|smtp)
    domain has no mail exchangers
    address (?:has )?(?:changed|moved)
    has (?:been )?(?:moved|replaced)
    no longer (?:valid|exists|active|in (?:use|service)|available|works?|with|employed|monitored|used|on server)
    moved to
    存在しません
    見つかりません
    ありません
    宛先不明
    不存在
    не (?:существует|найден)
    нет такого
    invalid\b.{0,20}\brecipient
    recipient name is not recogni
    user reject
    said: 550 .{0,60}unknown
""")
