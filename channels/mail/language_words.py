# ruff: noqa: RUF001 - the letters of other scripts are the point
"""The commonest words of the languages that share the Latin or Cyrillic script, with those that customers write."""

from __future__ import annotations

COMMON_WORDS: dict[str, str] = {
    "en": (
        "the and to of a in is you that it for on are with as i his they be at have this from or had by not but "
        "what all were we when your can said there please would could my me how do if will thanks hello hi dear "
        "need want price quote call car appointment regards am was an our us any about know let get some has been "
        "looking interested just much does available again yes no"
    ),
    "de": (
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er "
        "hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor "
        "zur bis ich wir ihr mir uns bitte danke hallo guten tag möchte können würde gerne angebot termin preis "
        "mein meine ihre ihnen zwei drei grüße grüßen kann hätte brauche benötige wann vielen sehr geehrte"
    ),
    "fr": (
        "le la les de des et un une est que qui dans pour pas sur au avec ce il je vous nous ne se plus par mais "
        "ou mon votre notre bonjour merci cordialement souhaite voudrais devis rendez-vous prix voiture avez "
        "pouvez êtes suis ai j'ai c'est d'un d'une s'il plaît aussi être cette ma mes bien si très du aux été fait "
        "comme l'on oui non serait deux trois environ"
    ),
    "es": (
        "el la los las de y que en un una es por con para no se lo al del su como más pero sus le ya este sí "
        "porque esta son entre está cuando muy sin sobre también me hasta hay donde quien desde todo nos hola "
        "gracias buenos días quisiera necesito precio presupuesto cita coche usted ustedes puede pueden podría "
        "estoy mi saludos quiero tengo estimados favor"
    ),
    "it": (
        "il lo la i gli le di che e in un una è per con non sono si da come ma anche più o mi del della dei delle "
        "nel alla al questo questa ho hai ha abbiamo vorrei buongiorno salve grazie preventivo prezzo appuntamento "
        "cordiali saluti potete può sarebbe quando mio mia nostro vostra gentile se ci sul dalla degli vi avere "
        "essere ciao auto sì"
    ),
    "pt": (
        "o a os as de e que em um uma é por com para não se do da dos das no na nos nas ao como mais mas foi ele "
        "ela são está também já eu você vocês meu minha seu sua obrigado obrigada olá bom dia gostaria preciso "
        "preço orçamento carro quando pode podem estou tenho muito isso esta este pelo pela cumprimentos favor "
        "sobre até seria sim"
    ),
    "nl": (
        "de het een en van ik te dat die in is niet zijn op aan met voor als er maar om hem dan zou of wat mijn "
        "men dit zo door over ze zich bij ook tot je mij uit der naar heb hebben heeft wij u uw graag bedankt "
        "hallo goedemorgen beste offerte afspraak prijs kunt kan kunnen wil willen groet groeten vriendelijke geen "
        "wordt worden deze nog alvast ons onze"
    ),
    "sv": (
        "och att det i en jag hon som han på den med var sig för så till är men ett om hade de av icke mig du "
        "henne då sin nu har inte hans honom skulle hennes där min man ej vid kunde något från ut när efter upp vi "
        "dem vara vad över än dig kan sina här ha mot alla under någon eller allt hej tack vilja pris tid offert "
        "hälsningar vänliga gärna er ni"
    ),
    "da": (
        "og i jeg det at en den til er som på de med han af for ikke der var mig sig men et har om vi min havde "
        "ham hun nu over da fra du ud sin dem os op man hans hvor eller hvad skal selv her alle vil blev kunne ind "
        "når være dog noget ville jo deres efter ned skulle denne hej tak gerne tilbud pris tid venlig hilsen "
        "jeres kan hvornår også meget"
    ),
    "no": (
        "og i jeg det at en et den til er som på de med han av ikke der så var meg seg men har om vi min mitt ha "
        "hadde hun nå over da ved fra du ut sin dem oss opp man kan hans hvor eller hva skal selv sjøl her alle "
        "vil bli ble blitt kunne inn når være kom noen noe ville dere deres kun etter hei takk gjerne tilbud pris "
        "time vennlig hilsen hvordan mye også"
    ),
    "fi": (
        "ja on ei se että en hän oli mutta ole minun minä sen jos mitä kun kuin niin joka olen tämä ovat myös voi "
        "vain nyt te sinä me olisi voisi voitteko haluaisin kiitos hei terve tarjous hinta aika ystävällisin "
        "terveisin onko tarvitsen auton hyvää päivää mikä miten milloin teillä teidän meidän tai sekä kanssa jo "
        "vielä kaikki ollut kiitoksia kyllä"
    ),
    "pl": (
        "i w nie na się z do to jest że o jak po co ale tak za od czy by dla przez już tylko mnie może był go są "
        "ten jego jej być oraz przy pan pani państwa dzień dobry dziękuję proszę cena wycena chciałbym chciałabym "
        "wizyta pozdrawiam mam potrzebuję kiedy mój moja który która można jestem witam bardzo samochód ile które "
        "bym"
    ),
    "cs": (
        "a je v se na že to s z do o i jsem jak ale by za pro tak po ve si byl jako co které který když má jeho "
        "jsou nebo může dobrý den děkuji prosím cena nabídka chtěl chtěla bych schůzka pozdravem mám potřebuji kdy "
        "můj vás vám nás nám už jen není ještě také při byla budu máte můžete auto od ke"
    ),
    "sk": (
        "a je v sa na že to s z do o i som ako ale by za pre tak po vo si bol čo ktoré ktorý keď má jeho sú alebo "
        "môže dobrý deň ďakujem prosím cena ponuka chcel chcela termín pozdravom mám potrebujem kedy môj vás vám "
        "nás nám už len nie ešte tiež pri bola máte môžete auto od ku"
    ),
    "hu": (
        "a az és hogy nem is egy ez meg de csak van volt már még én mi ha el ki mint be ezt vagy le kell azt lesz "
        "fel nagyon szeretnék köszönöm üdvözlettel tisztelt kérem ár árajánlat időpont jó napot mikor mennyi lenne "
        "önök lehet szükségem üdv kérek tudnak ajánlatot nekem ezen után amit szia autó"
    ),
    "ro": (
        "și si de la în in a o un nu că ca cu pe este mai din sunt se pentru care ce am ai are fi au dar să sa sau "
        "acest bună ziua mulțumesc vă rog doresc aș dori preț ofertă programare stimă când cât pot puteți mașină "
        "mea meu noastră avea foarte fost această printr prin după"
    ),
    "tr": (
        "ve bir bu için ile da de ne mi ben çok var daha ama gibi kadar sonra olarak olan en o mı iyi yok değil "
        "her şey istiyorum merhaba teşekkürler teşekkür ederim fiyat teklif randevu lütfen saygılarımla günler "
        "alabilir miyim araç ihtiyacım nasıl zaman sizin bana benim size musunuz misiniz ise veya hakkında tamam "
        "evet hayır"
    ),
    "ru": (
        "и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой от со для о же ты "
        "все если так как бы вы меня мне нас вам вас есть был была здравствуйте спасибо пожалуйста добрый день "
        "цена стоимость хотел хотела нужно нужен можно когда сколько уважением записаться машина ли или уже только "
        "очень мой вашей"
    ),
    "uk": (
        "і в не на я що з до це як та за у він але від по й про так його для ми ви вона вони цей мені мене вам вас "
        "нас є був була добрий день доброго дня дякую будь ласка ціна вартість хотів хотіла потрібно можна коли "
        "скільки повагою записатися чи або вже тільки дуже мій вашої якщо також бути щоб"
    ),
    "bg": (
        "и на да се за от в не е с по са че като към ще това до но или след беше може има аз сме съм ми ни ви ме "
        "го как здравейте благодаря моля цена оферта искам бих искал искала час поздрави кога колко нужда имам "
        "добър ден вас който която които само също много при"
    ),
    "sr": (
        "и у је да на се за су од са не као што али који би то или како ми сам смо ће бити хвала поштовани молим "
        "цена понуда"
    ),
    "hr": (
        "i u je da na se za su od sa ne kao što ali koji bi to ili kako mi sam smo će biti hvala poštovani molim "
        "cijena ponuda dobar dan trebam želim kada koliko možete pozdrav lijep s poštovanjem kod bih htio htjela "
        "naš vaš imam može"
    ),
    "sl": (
        "in je na v se da za so z od pa ki ne bi po kot ali s tudi sem še ima smo lahko hvala prosim cena ponudba "
        "dober dan potrebujem želim kdaj koliko pozdrav spoštovani bil bila kako samo lep zanima"
    ),
    "et": (
        "ja on ei et see ma ta oli mis kui ka aga või siis nii oma seda mind tere aitäh palun hind pakkumine "
        "sooviksin aeg lugupidamisega kas millal teie meie olen saaks vaja kuidas väga"
    ),
    "lv": (
        "un ir ka no ar uz par es tas kas bet vai lai pie pēc kā arī nav jūs mēs sveiki paldies lūdzu cena "
        "piedāvājums vēlos labdien cieņu kad cik man jums varētu esmu"
    ),
    "lt": (
        "ir kad į su yra iš tai ar bet kaip aš jis už po dėl ne apie laba diena ačiū prašau kaina pasiūlymas "
        "norėčiau kada kiek man jūs mes pagarbiai galite reikia labas sveiki"
    ),
    "ca": (
        "el la els les de i que en un una és per amb no es ho al del com més però si aquest aquesta són quan molt "
        "sense també hola gràcies bon dia voldria necessito preu pressupost cita cotxe vostè pot podria estic meva "
        "meu vull tinc"
    ),
    "vi": (
        "và là của không có cho tôi được với các trong một này những người xin chào cảm ơn giá bao nhiêu muốn vui "
        "lòng khi nào bạn anh chị đã sẽ cần xe"
    ),
    "id": (
        "yang dan di ini itu dengan untuk tidak dari dalam akan pada juga saya ke karena ada bisa oleh kami anda "
        "terima kasih selamat pagi harga mau ingin tolong mohon kapan berapa mobil apakah halo"
    ),
}
"""Language to its words."""

# Letters that a language has and its neighbours have not.
LETTERS: dict[str, str] = {
    "de": "ß",
    "es": "ñ¿¡",
    "pt": "ãõ",
    "pl": "ąęłśźż",
    "cs": "ěřů",
    "sk": "ľĺŕô",
    "hu": "őű",
    "ro": "țșţ",
    "tr": "ğışİ",
    "da": "æ",
    "ru": "ыэё",
    "uk": "іїєґ",
    "lv": "āēīķļņģ",
    "lt": "ėįųū",
    "et": "õ",
    "vi": "ơưđạảấầẩậắằặẹẻếềểệỉịọỏốồổộớờởợụủứừửựỳỵ",
    "hr": "đ",
    "sr": "ђћџљњј",
}

SCRIPTS: tuple[tuple[str, str], ...] = (
    ("ko", "\uac00-\ud7a3\u1100-\u11ff"),
    ("el", "\u0370-\u03ff\u1f00-\u1fff"),
    ("he", "\u0590-\u05ff"),
    ("ar", "\u0620-\u064a"),
    ("th", "\u0e01-\u0e7f"),
    ("hi", "\u0900-\u097f"),
    ("bn", "\u0980-\u09ff"),
    ("ta", "\u0b80-\u0bff"),
    ("te", "\u0c00-\u0c7f"),
    ("ka", "\u10a0-\u10ff"),
    ("hy", "\u0530-\u058f"),
)
