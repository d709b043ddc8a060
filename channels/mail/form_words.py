"""What forms call a person's name, address, number and firm, by key; every language of ours in one list.

Written as people write them: form_labels.py takes off accents, case and punctuation on both sides.
"""
# ruff: noqa: RUF001 - Cyrillic and Greek labels are words here, not look-alikes

from __future__ import annotations

from types import MappingProxyType

NAME = """
    nombre del contacto; persona de contacto; vor nachname; name des anfragenden; kontaktname; nome do contato
    nome do contacto; nome do interessado; naam contactpersoon; för efternamn; for efternavn; for etternavn
    kontaktnamn; kontaktnavn; asiakkaan nimi; osoba do kontaktu; ügyfél neve; kapcsolattartó neve; müşteri adı
    ご担当者様名; nom du contact; yhteyshenkilön nimi; nazwa klienta; jméno zákazníka; numele clientului
    имя контакта; контактное имя; ім'я клієнта; voor achternaam; nom prénom s; name; full name; fullname
    complete name; sender name; from name; lead name; names; your full name; submitted by; first and last name
    first name last name; name first last; name and surname; first last name; display name; nombre; nombre completo
    nombre y apellidos; nombre y apellido; nombres y apellidos; nombre apellidos; nom; nom complet; nom et prénom
    nom prénom; nom prénoms; prénom et nom; prénom nom; nom et prénoms; identité; vor und nachname
    vorname und nachname; vor und zuname; vorname nachname; name vorname; vorname name; kontaktperson
    vollständiger name; ansprechpartner; ansprechpartnerin; name des interessenten; name des kunden
    name des absenders; nome; nome completo; nome e cognome; nome cognome; cognome e nome; nominativo
    nome e sobrenome; nome e apelido; nome do cliente; naam; volledige naam; voornaam en achternaam
    voor en achternaam; voor- en achternaam; contactpersoon; namn; för och efternamn; fullständigt namn
    förnamn och efternamn; navn; fulde navn; fullt navn; for og efternavn; for og etternavn; fornavn og efternavn
    fornavn og etternavn; nimi; koko nimi; etu ja sukunimi; etunimi ja sukunimi; nimesi; yhteyshenkilö
    imię i nazwisko; imię nazwisko; nazwisko i imię; imię lub nazwa; osoba kontaktowa; jméno; jméno a příjmení
    jméno příjmení; celé jméno; kontaktní osoba; meno; meno a priezvisko; név; teljes név; neve; neved; az ön neve
    kapcsolattartó; nume; nume complet; nume și prenume; nume prenume; numele; numele tău; numele dvs
    persoană de contact; имя; имя и фамилия; имя фамилия; фамилия и имя; фамилия имя; фамилия имя отчество; фио
    ф и о; контактное лицо; как вас зовут; как к вам обращаться; имя клиента; имя отправителя; ім'я; імʼя
    ім'я та прізвище; ім'я і прізвище; прізвище та ім'я; піб; п і б; контактна особа; як вас звати; ad soyad
    adı soyadı; adınız soyadınız; isim soyisim; isim soyad; isim; adınız; isminiz; ad ve soyad; adınız ve soyadınız
    ilgili kişi; tam ad; お名前; 名前; 氏名; ご氏名; 御名前; お名前 漢字; 氏名 漢字; ご担当者名; 担当者名; 担当者
    ご担当者様; ご担当者; お客様名; お客様のお名前; 姓名; 名字; 称呼; 稱呼; 联系人; 聯絡人; 联系人姓名; 客户姓名
    客户名称; 이름; 성함; 성명; 고객명; 담당자; ime i prezime; ime; ονοματεπώνυμο; όνομα; име; име и фамилия; الاسم
    الاسم الكامل; שם; שם מלא; họ và tên; họ tên; nama; ชื่อ
"""
FIRST_NAME = """
    first name; firstname; first; given name; given names; forename; fname; name first; primer nombre
    nombre de pila; prénom; vorname; primeiro nome; voornaam; roepnaam; förnamn; fornavn; etunimi; imię
    křestní jméno; krstné meno; keresztnév; utónév; prenume; prenumele; ad; adı; 名; ime prvo; 이름 명; όνομα μικρό
    prenom
"""
LAST_NAME = """
    last name; lastname; last; surname; family name; lname; name last; apellido; apellidos; nom de famille; nachname
    familienname; zuname; cognome; sobrenome; apelido; último nome; achternaam; efternamn; efternavn; etternavn
    sukunimi; nazwisko; příjmení; priezvisko; vezetéknév; családnév; nume de familie; фамилия; прізвище; soyad
    soyadı; soyadınız; soyisim; 姓; 苗字; 성; prezime; επώνυμο; фамилно име
"""
EMAIL = """
    reply email; e mail de contacto; e mail para contato; email para contato; e mail de contato
    sähköpostiosoitteesi; e mail kontaktowy; email címe; az ön e mail címe; e mailul dvs; e mailul
    adresa dvs de e mail; e mail di contatto; e mail de contact; kontakt e mail; kontaktní e mail; контактный email
    контактный e mail; контактний email; iletişim e postası; email; e mail; mail; email address; e mail address
    emailaddress; email id; mail id; mail address; contact email; work email; business email; sender email
    from email; reply to email; personal email; email contact; reply to; correo; correo electrónico
    email de contacto; dirección de correo; dirección de correo electrónico; dirección de email
    dirección electrónica; correo de contacto; mail de contacto; adresse email; adresse e mail; adresse mail
    courriel; adresse courriel; adresse électronique; adresse de messagerie; mél; adresse de courriel
    e mail adresse; email adresse; mailadresse; emailadresse; mail adresse; kontakt email; indirizzo email
    indirizzo e mail; posta elettronica; indirizzo mail; indirizzo di posta elettronica; endereço de email
    endereço de e mail; correio eletrônico; correio eletrónico; correio electrónico; endereço eletrônico
    e mailadres; emailadres; mailadres; email adres; e mail adres; e post; epost; e postadress; epostadress; mejl
    mejladress; mailadress; e mailadress; e mailadresse; e postadresse; epostadresse; e post adresse; e post adress
    sähköposti; sähköpostiosoite; sähköpostisi; s posti; adres e mail; adres email; adres mailowy
    adres poczty elektronicznej; poczta elektroniczna; poczta; e mailová adresa; emailová adresa; email adresa
    e mailova adresa; email cím; e mail cím; e mail címe; email címed; e mail címed; drótposta; adresă de email
    adresa de email; adresa email; adresă email; adresa de e mail; adresă e mail; poștă electronică; почта
    электронная почта; эл почта; адрес электронной почты; емейл; имейл; мейл; мэйл; e mail адрес; email адрес
    электронный адрес; пошта; електронна пошта; ел пошта; адреса електронної пошти; електронна адреса; імейл
    e posta; eposta; e posta adresi; eposta adresi; e postanız; e posta adresiniz; mail adresi; email adresi
    mail adresiniz; メール; メールアドレス; eメール; eメールアドレス; e mailアドレス; emailアドレス; 電子メール
    ご連絡先メールアドレス; 邮箱; 电子邮箱; 电子邮件; 邮件; 邮箱地址; 电邮; 電郵; 電子郵件; 電子信箱; 信箱; 联系邮箱
    email地址; 邮件地址; 이메일; 이메일 주소; 메일; e mail adresa; ηλεκτρονικό ταχυδρομείο; имейл адрес
    البريد الإلكتروني; דוא ל; אימייל; địa chỉ email; อีเมล
"""
PHONE = """
    mobil nr; telefonul dvs; telefonul; моб телефон; 連絡先電話番号; kontaktnummer; kontakttelefon
    kontaktní telefon; telefono di contatto; puhelin numero; telefon komórkowy; telefon stacjonarny; mobilní telefon
    telefon domowy; telefono fisso; telefono casa; vaste telefoon; phone; phone number; phone no; telephone
    telephone number; tel; tel no; mobile; mobile number; mobile phone; mobile no; cell; cell phone; cellphone
    cell number; contact number; contact no; contact phone; daytime phone; best phone; home phone; work phone
    evening phone; day phone; phone mobile; phone home; phone work; callback number; phone contact; number to call
    contact telephone; whatsapp; whatsapp number; ph; phone mobile number; primary phone; preferred phone; teléfono
    número de teléfono; teléfono de contacto; móvil; teléfono móvil; celular; teléfono celular; tfno; tlf
    número de celular; número de contacto; teléfono fijo; téléphone; numéro de téléphone; téléphone portable
    téléphone mobile; portable; gsm; téléphone fixe; mobile ou fixe; numéro de portable; n téléphone
    numéro de mobile; no de téléphone; telefon; telefonnummer; telefonnr; rufnummer; handy; mobil; mobilnummer
    handynummer; mobiltelefon; rückrufnummer; telefon mobil; festnetz; tel nr; telefon nr; telefono
    numero di telefono; cellulare; recapito telefonico; recapito; telefono cellulare; numero di cellulare; cell tel
    numero telefonico; telefone; número de telefone; telemóvel; telefone celular; telefone de contato; fone; contato
    telefone de contacto; número de telemóvel; celular whatsapp; telefone whatsapp; telefoon; telefoonnummer; mobiel
    mobiele nummer; mobiel nummer; 06 nummer; gsm nummer; mobilnr; tlf nr; tlf nummer; mobiltelefonnummer; puhelin
    puhelinnumero; puh; matkapuhelin; puhelinnumerosi; gsm numero; numer telefonu; nr telefonu; telefon kontaktowy
    nr tel; komórka; numer kontaktowy; tel kontaktowy; telefonní číslo; telefonní kontakt; číslo telefonu
    telefonne číslo; telefónne číslo; telefón; telefonszám; telefonszáma; telefonszámod; mobilszám; mobiltelefonszám
    număr de telefon; nr de telefon; numărul de telefon; nr telefon; telefon de contact; телефон; номер телефона
    контактный телефон; мобильный; мобильный телефон; тел; номер; сотовый; телефон для связи; номер телефону
    контактний телефон; мобільний; мобільний телефон; телефон для зв'язку; telefon numarası; telefon no; telefonunuz
    telefon numaranız; cep telefonu; cep; gsm no; cep no; cep telefonunuz; irtibat numarası; 電話; 電話番号
    お電話番号; ご連絡先電話番号; 携帯; 携帯番号; 携帯電話; 携帯電話番号; 連絡先; ご連絡先; ご連絡先番号; 电话
    电话号码; 手机; 手机号; 手机号码; 联系电话; 聯絡電話; 電話號碼; 手機; 手機號碼; 联系方式; 连络电话; 行動電話
    연락처; 전화; 전화번호; 휴대폰; 휴대전화; 휴대폰 번호; broj telefona; mobitel; τηλέφωνο; κινητό
    τηλέφωνο επικοινωνίας; телефонен номер; الهاتف; رقم الهاتف; رقم الجوال; الجوال; טלפון; נייד; số điện thoại
    điện thoại; nomor telepon; เบอร์โทร
"""
COMPANY = """
    organização; yrityksesi; firma neve; organizacja; organizace; organizația; organisation firma; kuruluş; 貴社
    御社; virksomhedens navn; company; company name; organisation; organization; organisation name
    organization name; business; business name; firm; employer; institution; company organization
    company organisation; name of company; company or organization; empresa; nombre de la empresa; nombre de empresa
    compañía; organización; razón social; entreprise; nom de l'entreprise; nom de votre entreprise; société
    nom de la société; raison sociale; entreprise société; société organisme; organisme; organisation société; firma
    firmenname; unternehmen; name des unternehmens; firma organisation; unternehmensname; azienda; nome azienda
    nome dell'azienda; società; ragione sociale; ditta; nome da empresa; razão social; bedrijf; bedrijfsnaam
    organisatie; naam bedrijf; firmanaam; företag; företagsnamn; företagets namn; bolag; virksomhed; virksomhedsnavn
    firmanavn; firmaets navn; bedrift; bedriftsnavn; selskap; selskapsnavn; yritys; yrityksen nimi; organisaatio
    yhtiö; nazwa firmy; firma nazwa; przedsiębiorstwo; nazwa; společnost; název firmy; název společnosti; spoločnosť
    názov firmy; cég; cégnév; cég neve; vállalat; companie; compania; societate; nume firmă; numele firmei
    numele companiei; firmă; denumire firmă; компания; название компании; организация; фирма; название организации
    предприятие; компанія; назва компанії; організація; фірма; şirket; şirket adı; firma adı; kurum; şirketiniz
    şirket ünvanı; 会社; 会社名; 御社名; 貴社名; 企業名; 法人名; 組織名; 団体名; 会社名 団体名; 会社名 法人名
    貴社名 団体名; 勤務先; 公司; 公司名称; 公司名; 公司名稱; 企业名称; 单位; 单位名称; 企业; 회사; 회사명; 업체명
    tvrtka; εταιρεία; фирма име; الشركة; اسم الشركة; חברה; công ty
"""
MIDDLE_NAME = """
    middle name; middle; middle initial; segundo nombre; deuxième prénom; zweiter vorname; secondo nome
    nome do meio; tussenvoegsel; tweede naam; mellannamn; mellemnavn; mellomnavn; drugie imię; отчество; по батькові
    ikinci ad
"""
IDENTITY = MappingProxyType(
    {
        "name": NAME,
        "first_name": FIRST_NAME,
        "middle_name": MIDDLE_NAME,
        "last_name": LAST_NAME,
        "email": EMAIL,
        "phone": PHONE,
        "company": COMPANY,
    }
)
