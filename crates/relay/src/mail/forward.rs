//! Mail forwarded inline: the block of quoted header lines that mail programs put above it.
//!
//! Programs differ in the line that announces the block and in the order of its fields, and write the fields' names in
//! the reader's language. A line named like From that holds a listed sender's address, with another header line beside
//! it, is such a block; what follows the block is the forwarded text.

use super::Senders;
use super::address::addresses_in_text;
use super::budget::{Steps, TooComplex};
use super::page::Unit;

/// Names of From, in lower case.
#[rustfmt::skip]
const FROM: &[&str] = &[
    "from", "von", "de", "da", "van", "od", "från", "fra", "lähettäjä", "saatja", "från", "feladó", "odesílatel",
    "odosielateľ", "expéditeur", "expediteur", "remitente", "remetente", "mittente", "afzender", "absender",
    "nadawca", "pošiljatelj", "от", "от кого", "відправник", "від", "από", "kimden", "gönderen", "差出人", "送信者", "发件人",
    "寄件者", "寄件人", "보낸 사람", "보낸사람", "发送者", "מאת", "من", "จาก", "từ", "dari", "expeditor", "de la", "no", "nuo",
];

/// Names of the other fields that such a block has, in lower case.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "to", "an", "à", "a", "para", "aan", "naar", "do", "till", "til", "komu", "dla", "vastaanottaja", "címzett",
    "destinataire", "destinatario", "destinatário", "empfänger", "кому", "προς", "kime", "alıcı", "宛先", "收件人", "收件者",
    "받는 사람", "받는사람", "אל", "إلى", "ถึง", "đến", "kepada", "către", "pro", "cc", "kopie", "copie", "копия", "抄送",
    "date", "datum", "fecha", "data", "dato", "päivämäärä", "päiväys", "дата", "ημερομηνία", "tarih", "日付", "日時",
    "送信日時", "日期", "发送时间", "发送日期", "時間", "날짜", "보낸 날짜", "תאריך", "التاريخ", "sent", "gesendet", "envoyé", "envoye",
    "enviado", "enviado el", "enviada em", "enviado em", "inviato", "verzonden", "skickat", "sendt", "wysłano",
    "lähetetty", "odesláno", "elküldve", "отправлено", "gönderildi", "gönderilme tarihi", "寄件日期", "datum", "dátum",
    "subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp", "ämne", "emne", "temat", "předmět",
    "predmet", "tárgy", "aihe", "тема", "θέμα", "konu", "件名", "主题", "主旨", "제목", "נושא", "الموضوع", "เรื่อง", "chủ đề",
    "subiect", "reply-to", "antwort an", "répondre à", "rispondi a", "responder a", "antwoord aan",
];

/// Lines of a block on either side of its From.
const MAX_FIELDS: usize = 8;

/// Whether a unit begins with one of these names and a colon, and what follows the colon.
fn value<'u>(unit: &Unit<'u>, names: &[&str]) -> Option<&'u str> {
    let text = unit.text.trim_start_matches(['*', '_', '|', '>', ' ']);
    let (name, value) = text.split_once(':')?;
    if name.len() > 40 {
        return None;
    }
    let name = name.trim_matches(['*', '_', ' ']).to_lowercase();
    names.contains(&&*name).then_some(value)
}

/// Whether a unit is a line of a header block.
fn is_field(unit: &Unit<'_>) -> bool {
    value(unit, FROM).is_some() || value(unit, OTHERS).is_some()
}

/// The index of the first unit after the first header block, if that block names a listed sender and nobody else as its
/// author.
pub(super) fn after_header_block(
    units: &[Unit<'_>],
    senders: &Senders,
    steps: &Steps,
) -> Result<Option<usize>, TooComplex> {
    let Some((from, author)) = first_author(units, steps)? else {
        return Ok(None);
    };
    let mut found = addresses_in_text(&author, steps).peekable();
    if found.peek().is_none() || !found.all(|address| senders.contains(&address)) {
        return Ok(None);
    }
    let above = units.iter().take(from).rev().take(MAX_FIELDS).any(is_field);
    let mut end = from + 1;
    let mut below = false;
    let line = |at: usize| units.get(at).map(|unit| unit.line);
    while let Some(unit) = units.get(end).filter(|_| end <= from + 4 * MAX_FIELDS) {
        let continues = line(end) == line(end - 1);
        if is_field(unit) {
            below = true;
        } else if !continues {
            break;
        }
        end += 1;
    }
    Ok((above || below).then_some(end))
}

/// The first unit named like From with an address in it or beside it on its line, and what stands there.
fn first_author(units: &[Unit<'_>], steps: &Steps) -> Result<Option<(usize, String)>, TooComplex> {
    let mut at = 0;
    for line in units.chunk_by(|one, next| one.line == next.line) {
        steps.pay(line.iter().map(|unit| unit.text.len()).sum())?;
        if let Some(last) = line.iter().rposition(|unit| unit.text.contains('@')) {
            let named = line.iter().take(last + 1).enumerate();
            let named = named.filter_map(|(index, unit)| Some((index, value(unit, FROM)?)));
            for (index, inline) in named {
                if index < last || inline.contains('@') {
                    let rest = line.iter().skip(index + 1).map(|unit| unit.text);
                    let author: Vec<&str> = std::iter::once(inline).chain(rest).collect();
                    return Ok(Some((at + index, author.join(" "))));
                }
            }
        }
        at += line.len();
    }
    Ok(None)
}
