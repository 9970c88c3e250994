//! The names of header fields in a mail that is forwarded by hand, in the languages of mail programs.
//!
//! Sources: the public translations of Thunderbird for Android and K-9 Mail (`message_compose_quote_header_*`, 61
//! languages) and of Roundcube (`localization/*/labels.inc`: `from`, `to`, `cc`, `date`, `subject`, 88 languages), and
//! mails of Apple Mail, Gmail, Outlook, Yahoo Mail and Thunderbird. The names are in lower case, without the characters
//! that [`VisibleText`](crate::visible::VisibleText) removes. A word that means From in one language and another field
//! in a second language is in [`FROM`].

use std::collections::HashMap;
use std::sync::LazyLock;

/// Names of From.
#[rustfmt::skip]
pub(crate) const FROM: &[&str] = &[
    "a-berzh", "absender", "afsender", "afzender", "avsender", "da", "dari", "daripada", "de", "de la", "dende",
    "eus", "expediteur", "expeditor", "expeditorul", "expéditeur", "fan", "feladó", "fra", "from",
    "frá", "frå", "från", "gönderen", "gönderici", "gửi từ", "ji", "kas", "kellelt", "kimdan", "kimden", "kimdən",
    "lähettäjä", "mittente", "nadawca", "nga", "no", "nork", "nuo", "o", "od", "oddi wrth", "odesílatel",
    "odosielateľ", "pengirim", "pošiljatelj", "remetente", "remitent", "remitente", "saatja", "sendanto", 
    "seolaí", "siuntėjas", "sɣur", "từ", "van", "von", "vun", "ó", "šalje", "αποστολέας", "από", "ад", "від",
    "від кого", "відправник", "од", "от", "от кого", "отправитель", "хэнээс", "ուղարկող", "ումից",
    "מאת", "ارسال کننده", "از", "استوونکی", "المرسل", "دىن", "لە", "من", "مِن", "प्रेषक", "भेजने वाला", "से", "থেকে",
    "প্রেরক", "அனுப்புநர்", "அனுப்புனர்", "ಇಂದ", "പ്രേഷിതന്", "പ്രേഷിതാവ്", "වෙතින්", "จาก", "ผู้ส่ง", "გამგზავნი",
    "ვისგან", "ካብ", "អ្នកផ្ញើ", "发件人", "发送者", "寄件人", "寄件者", "差出人", "発信者", "送信元", "送信者", "보낸 사람", "보낸사람",
];

/// Names of the other fields.
#[rustfmt::skip]
pub(crate) const OTHERS: &[&str] = &[
    "a", "a/c", "aan", "adresat", "adresát", "afrit", "aihe", "air a chur", "al", "alıcı", "an", "anfonwyd",
    "anlagen", "antwoord aan", "antwort an", "anɣ. i", "asentel", "assumpte", "assunto", "asunto", "asuntu", "at",
    "attachments", "bcc", "betreff", "bidalita", "bilgi", "bo", "cc", "chuig", "chủ đề", "copi", "copia", "copie",
    "copie (cc)", "copie à", "copy", "cuspair", "címzett", "cópia", "către", "dagsetning", "danvez", "data",
    "data wysłania", "date", "dato", "datum", "datums", "datë", "dată", "deiz", "derbyniwr", "destinataire",
    "destinatar", "destinatari", "destinatario", "destinatarul", "destinatário", "dla", "do", "dw", "dyddiad", "dáta",
    "dátum", "däts", "dërguar më", "dîrok", "elküldve", "emne", "empfänger", "enviada em", "enviado", "enviado el",
    "enviado em", "enviat", "envoye", "envoyé", "envoyé le", "evni", "fecha", "ferstjoerd", "gaia", "gavėjas",
    "gesendet", "gu", "gönderildi", "gönderilme", "gönderilme tarihi", "i", "importance", "inviata", "inviato",
    "inviato il", "išsiųsta", "judul", "kam", "kaset", "kellele", "kepada", "kime", "kimga", "kimə", "komu", "konu",
    "koopia", "kopi", "kopi til", "kopia", "kopie", "kopie (cc)", "kopija", "kopio", "kopya", "kp", "kuupäev",
    "kópia", "la", "lampiran", "lähetetty", "mandatu", "mavzu", "mijar", "modtager", "mottagare", "mottaker",
    "másolat", "másolatot kap", "mövzu", "naar", "naslov", "ngày", "người nhận", "nori", "nosūtīts", "nusxasi",
    "nüsxə", "oan", "objet", "odesláno", "odgovori na", "odoslané", "odpovedať-pre", "odpověď na", "odpowiedź do",
    "odpowiedź-do", "oggetto", "onderwerp", "ontvanger", "pa", "para", "pealkiri", "penerima", "poslano", "pour",
    "pre", "predmet", "prima", "priority", "pro", "pwnc", "päivämäärä", "päiväys", "për", "předmět", "reply-to",
    "responder a", "ricevanto", "rispondi a", "répondre à", "răspuns către", "saadetud", "saaja", "sana",
    "sendita je", "sendt", "sent", "seolta", "skickat", "subiect", "subiectul", "subject", "subjecto", "subjek",
    "subjekt", "subxhect", "sughjettu", "sujed", "sujet", "svar til", "svara till", "tanggal", "tann", "tarih",
    "tarikh", "tarix", "teema", "tema", "temat", "temats", "temo", "terkirim", "til", "till", "titill", "tiêu đề",
    "to", "trimis", "tárgy", "tới", "un", "underwerp", "vastaanottaja", "vastaus", "verzonden", "viðfangsefni",
    "válaszcím", "wichtigkeit", "wysłane", "wysłano", "yanıt adresi", "yettwazen", "za", "zadeva", "à", "ábhair",
    "ábhar", "ämne", "ûnderwerp", "đã gửi", "đến", "đồng kính gửi", "αποστολή", "ημερομηνία", "θέμα", "κοιν",
    "κοινοποίηση", "παραλήπτης", "προς", "адпраўлена", "гарчиг", "дата", "дата отправки", "датум", "до", "за",
    "заглавие", "изпрати до", "каму", "кому", "кому відповісти", "копие", "копие до", "копирај", "копия", "копија",
    "копія", "надіслано", "наслов", "огноо", "ответ-кому", "отправлено", "послато", "примач", "тема", "тэма", "хэнд",
    "цц", "ամսաթիվ", "ուղարկուած", "ում", "ստացող", "վերնագիր", "אל", "לידיעה", "נושא", "נשלח", "עותק", "תאריך",
    "إلى", "ارسال", "التاريخ", "المستقبل", "الموضوع", "المُرسل", "به", "بۆ", "بەروار", "تاريخ", "تاریخ",
    "ترلاسه کوونکی", "تىما", "تکثیر", "رونوشت", "رونوشت به", "غا", "قۇشۇمچە", "لمېسل", "مضمون", "موضوع", "ناونیشان",
    "نسخة", "نسخة إلي", "نسخة كربونية", "نېټه", "چېسلا", "ګيرينده", "कार्बन", "को", "तारिख", "तारीख", "दिनांक",
    "पाने वाला", "प्रत", "प्रती", "प्रापक", "बोधार्थ", "विशय", "विषय", "सबजेक्ट", "सीसी", "অনুলিপির ঠিকানা", "তারিখ",
    "পাঠানো হয়েছে", "প্রতি", "প্রাপক", "বিষয়", "সিসি", "அனுப்பியது", "தலைப்பு", "தேதி", "நகல்", "பெறுநர்",
    "பெறுனர்", "பொருள்", "ಗೆ", "ದಿನಾಂಕ", "ವಿಷಯ", "അയച്ചു", "തീയതി", "വിഷയം", "സ്വീകര്ത്താവ്", "സ്വീകർത്താവ്", "දිනය",
    "මාතෘකාව", "වෙත", "คัดลอก", "ถึง", "ผู้รับ", "วันที่", "หัวจดหมาย", "เรื่อง", "ასლი", "გაიგზავნა", "ვის",
    "თარიღი", "საგანი", "სათაური", "ናብ", "ካኮ", "ዋኒን", "ዕለት", "កាលបរិច្ឆេត", "ចំណងជើង", "អ្នកទទួល", "主旨", "主题", "件名",
    "写し(cc)", "副本", "发送日期", "发送时间", "宛先", "寄件日期", "寄送日期", "抄送", "收件人", "收件者", "日付", "日時", "日期", "時間", "送信先", "送信日",
    "送信日時", "날짜", "받는 사람", "받는사람", "보낸 날짜", "제목", "참조",
];

/// The field that a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// The author of the mail.
    From,
    /// Another field that mail programs show.
    Other,
}

/// The field of a name, in lower case.
pub(crate) fn label(name: &str) -> Option<Label> {
    static LABELS: LazyLock<HashMap<&str, Label>> = LazyLock::new(|| {
        let others = OTHERS.iter().map(|name| (*name, Label::Other));
        others.chain(FROM.iter().map(|name| (*name, Label::From))).collect()
    });
    LABELS.get(name).copied()
}

/// Longest name, in bytes, with the marks around it.
pub(crate) const MAX_NAME: usize = 64;

#[cfg(test)]
mod tests;
