//! Names of codes and numbers that are no login codes: "support code", "code de retrait", "request number".
//!
//! A name counts only where it makes one name with the word for a code or a number. "Support" alone says nothing.

/// What a code is for, where its name is before the word for a code: "support code", "Abholcode".
#[rustfmt::skip]
pub(crate) const BEFORE_CODE: &[&str] = &[
    // English.
    "support", " service", " helpdesk", " pickup", " pick up", " collection", " delivery", " parcel", " shipping", " shipment",
    " return", " licence", " license", " product", " item", " article", " model", " part", " batch", " booking",
    " reservation", " invitation", " invite", " partner", " dealer", " store", " shop", " site", " branch", " customer",
    " client", " member", " membership", " contract", " policy", " request", " claim", " job", " room", " door", " gate",
    " locker", " parking", " meeting", " event", " wi fi", " wifi", " network", " status", " region", " tax", " bank",
    " sort", " swift", " dial", " dialling", " dialing", " installer", " warranty", " repair", " redemption",
    // German and Dutch.
    "kundendienst", "abhol", "abholungs", "liefer", "lieferungs", "paket", "versand", "rücksende", "lizenz", "produkt",
    "artikel", "modell", "buchungs", "reservierungs", "einladungs", "händler", "filial", "standort", "kunden",
    "mitglieds", "vertrags", "anfrage", "auftrags", "zimmer", "tür", "wlan", "länder", "regions", "garantie", "reparatur",
    "afhaal", "ophaal", "bezorg", "licentie", "product", "boekings", "reserverings", "uitnodigings", "klant", "klanten",
    "lidmaatschaps", "aanvraag", "kamer", "deur", "winkel", "landen", "pakket",
    // Swedish, Danish and Norwegian.
    "hämt", "upphämtnings", "leverans", "licens", "boknings", "inbjudnings", "kund", "medlems", "ärende", "rums",
    "butiks", "afhentnings", "leverings", "booking", "invitations", "kunde", "sags", "pakke", "hente", "lisens",
    "bestillings", "invitasjons", "saks", "butikk",
    // Finnish, Estonian and Hungarian.
    "tuki", "nouto", "toimitus", "lisenssi", "tuote", "varaus", "kutsu", "asiakas", "jäsen", "huone", "paketti", "pyyntö",
    "klienditoe", "väljastus", "litsentsi", "broneeringu", "kutse", "toote", "támogatási", "ügyfélszolgálati",
    "átvételi", "szállítási", "licenc", "termék", "foglalási", "meghívó", "ügyfél", "csomag",
    // Turkish, Lithuanian and Latvian.
    " destek", " teslimat", " teslim", " teslim alma", " lisans", " ürün", " rezervasyon", " davet", " müşteri",
    " kargo", " bölge", " talep", " palaikymo", " pagalbos", " atsiėmimo", " licencijos", " rezervacijos", " prekės",
    " pakvietimo", " atbalsta", " saņemšanas", " licences", " rezervācijas", " produkta", " uzaicinājuma",
    // Adjectives of Slavic languages.
    " licenční", " rezervační", " servisní", " zákaznický", " produktový", " licenčný", " rezervačný", " servisný",
    " zákaznícky", " licencyjny", " serwisowy", " rezerwacyjny", " лицензионный", " сервисный", " ліцензійний", " сервісний",
    // Hindi, Japanese, Chinese and Korean.
    "सहायता", "पिकअप", "लाइसेंस", "बुकिंग", "डिलीवरी", "उत्पाद", "サポート", "受取", "受け取り", "ライセンス", "予約", "配送", "商品",
    "製品", "招待", "店舗", "リクエスト", "支持", "支援", "客服", "取货", "取件", "取貨", "许可证", "許可證", "预订", "預訂", "产品", "產品",
    "邀请", "邀請", "服务", "服務", "지원", "수령", "라이선스", "예약", "배송", "제품", "상품", "초대", "고객",
];

/// What a code is for, where its name is after the word for a code: "code de retrait", "kod odbioru".
#[rustfmt::skip]
pub(crate) const AFTER_CODE: &[&str] = &[
    // French, Spanish, Catalan, Italian, Portuguese and Romanian.
    " assistance", " support", " service", " retrait", " livraison", " colis", " licence", " produit", " article",
    " réservation", " invitation", " parrainage", " client", " membre", " adhérent", " contrat", " demande", " magasin",
    " porte", " chambre", " pays", " région", " garantie", " soporte", " asistencia", " servicio", " recogida", " retiro",
    " entrega ", " envío", " licencia", " producto", " artículo", " reserva ", " invitación", " cliente", " socio",
    " miembro", " contrato", " solicitud", " tienda", " puerta", " país", " región", " garantía", " suport",
    " assistència", " recollida", " lliurament", " llicència", " producte", " invitació", " assistenza", " supporto",
    " servizio", " ritiro", " consegna ", " spedizione", " licenza", " prodotto", " articolo", " prenotazione",
    " invito", " contratto", " richiesta", " negozio", " porta ", " paese", " garanzia", " fiscale", " suporte", " apoio",
    " assistência", " serviço", " levantamento", " recolha", " retirada", " coleta", " licença", " produto", " artigo",
    " convite", " membro", " do pedido", " de pedido", " solicitação", " loja", " garantia", " asistență", " ridicare", " livrare",
    " licență", " produs", " rezervare", " invitație", " cerere",
    // Polish, Czech, Slovak, Croatian and Slovene.
    " wsparcia", " pomocy", " serwisow", " odbioru", " dostawy", " przesyłki", " licencji", " produktu", " rezerwacji",
    " zaproszenia", " klienta", " umowy", " zgłoszenia", " sklepu", " podpory", " vyzvednutí", " doručení ", " doručenia ", " zásilky",
    " licence", " rezervac", " pozvánk", " zákazník", " žádosti", " vyzdvihnuti", " licencie", " rezerváci", " podršk",
    " preuzimanj", " dostava ", " dostave ", " dostavu ", " dostavo ", " licenc", " proizvod", " pozivnic", " podpor", " prevzem",
    // Russian, Ukrainian, Bulgarian and Greek.
    " поддержк", " получени", " доставк", " посылк", " лицензи", " товара", " продукта", " бронировани", " приглашени",
    " клиента", " договора", " запроса", " заявки", " підтримк", " отриманн", " посилк", " ліцензі", " товару",
    " продукту", " бронюванн", " запрошенн", " клієнта", " запиту", " поддръжк", " получаван", " лиценз", " резервац",
    " покан", " клиент", " υποστηριξ", " παραλαβ", " παραδοσ", " αδεια", " προιον", " κρατησ", " προσκλησ", " πελατη",
    // Hebrew, Arabic and Persian.
    " תמיכה", " התמיכה", " איסוף", " האיסוף", " משלוח", " המשלוח", " רישיון", " הרישיון", " מוצר", " המוצר", " הזמנה",
    " ההזמנה", " לקוח", " הלקוח", " الدعم", " دعم", " الاستلام", " استلام", " التسليم", " الترخيص", " المنتج", " الحجز",
    " الدعوة", " العميل", " پشتیبانی", " تحویل", " مجوز", " محصول", " رزرو", " دعوت",
    // Thai, Vietnamese and Indonesian.
    "รับสินค้า", "สนับสนุน", "ใบอนุญาต", "สินค้า", "การจอง", "จอง", "เชิญ", "ลูกค้า", " hỗ trợ", " nhận hàng", " giấy phép",
    " sản phẩm", " đặt chỗ", " đặt phòng", " mời", " khách hàng", " giao hàng", " dukungan", " pengambilan",
    " pengiriman", " lisensi", " produk", " pemesanan", " undangan", " pelanggan",
];

/// Words between a code or a number and its name: "code de retrait", "kód pro vyzvednutí".
#[rustfmt::skip]
pub(crate) const OF: &[&str] = &[
    "d", "de", "du", "des", "la", "le", "l", "del", "della", "dell", "dello", "dei", "di", "do", "da", "das", "dos", "el", "il",
    "pentru", "pro", "na", "za", "dla", "для", "за", "на", "για", "την", "τη", "το", "τησ", "του",
];

/// A number, if what it is the number of is before it: "request number", "Anfrage-Nr."
pub(crate) const NUMBER_AFTER_NAME: &[&str] = &[
    " number",
    "nummer",
    " nr ",
    " no ",
    " id ",
    "numero",
    "szám",
    " numarasi",
];

/// A number, if what it is the number of is after it: "número de solicitud".
#[rustfmt::skip]
pub(crate) const NUMBER_BEFORE_NAME: &[&str] = &[
    " numéro", " n ", " nº ", " número", " numero ", " núm ", " numer ", " nr ", " číslo", " broj", " številk", " număr", "номер",
    "αριθμ", "מספר", "رقم", "شماره", "หมายเลข", " số ", " nomor ",
];

/// Words beside a number that are no name of it: "this number", "el número siguiente".
#[rustfmt::skip]
pub(crate) const NO_NAME: &[&str] = &[
    "the", "this", "that", "these", "a", "your", "our", "my", "following", "below", "above", "digit", "digits", "new", "same", "right",
    "correct", "secret", "unique", "confirmation", "and", "or", "is", "in", "to", "as", "with",
    "der", "die", "das", "den", "diese", "dieser", "dieses", "diesen", "eine", "einer", "ihre", "ihrer", "folgende",
    "folgenden", "obige", "neue", "richtige", "geheime", "stellige", "stelligen", "bestätigungs", "bevestigings", "bekræftelses", "bekreftelses", "vahvistus", "und", "oder",
    "dit", "deze", "het", "de", "een", "uw", "je", "volgende", "en", "of", "detta", "denna", "det", "här", "följande",
    "din", "ditt", "dette", "denne", "følgende", "koden", "och", "og", "eller", "tämä", "seuraava", "ja", "ez", "ezt",
    "az", "következő", "bu", "şu", "aşağidaki",
    "ci", "suivant", "dessous", "secrète", "siguiente", "abajo", "aquí", "secreto", "seguente", "sotto", "segreto",
    "seguinte", "abaixo", "aqui", "următor", "poniżej", "níže", "nižšie", "ниже", "нижче",
];

/// The number that is shown. Beside a word for signing in it is a code: "enter this number to sign in".
#[rustfmt::skip]
pub(crate) const THIS_NUMBER: &[&str] = &[
    " this number ", " the number below", " the following number", " these digits", " these six digits", " six digits below",
    "diese nummer", "diese zahl", "folgende nummer", "folgende zahl", "diese ziffern", "diese sechs ziffern", " ce numéro ",
    " ces chiffres", " ces six chiffres", " numéro suivant", " numéro ci dessous", " este número", " estos dígitos",
    " número siguiente", " siguiente número", " questo numero", " queste cifre", " numero seguente", " seguente numero",
    " dit nummer", " deze cijfers", " volgende nummer", " estes dígitos", " número seguinte", " seguinte número",
    " detta nummer", " det här numret", " följande nummer", " dessa siffror", " dette nummer", " dette nummeret",
    " følgende nummer", " disse cifre", " disse sifrene", " tämä numero", " nämä numerot", " seuraava numero", " ten numer",
    " tego numeru", " te cyfry", " poniższy numer", " toto číslo", " tieto číslice", " tyto číslice", " ovaj broj",
    " ezt a számot", " az alábbi szám", " acest număr", " numărul următor", " aquest número", " bu numara", " bu sayi",
    " aşağidaki numara", " αυτον τον αριθμο", " τον παρακατω αριθμο", " этот номер", " эти цифры", " следующий номер",
    " цей номер", " ці цифри", " този номер", "המספר הזה", "המספר הבא", "هذا الرقم", "الرقم التالي", "این شماره", "यह संख्या",
    "यह नंबर", "หมายเลขนี้", " số này", " số sau", " nomor ini", " nomor berikut", "この番号", "次の番号", "この数字", "此号码", "这个号码",
    "以下号码", "此號碼", "這個號碼", "以下號碼", "이 번호", "다음 번호",
];
