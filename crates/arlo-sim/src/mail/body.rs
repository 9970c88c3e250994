//! The two parts of the mail, as Arlo writes them since May 2026. In the text the code is on a line of its own. In the
//! HTML it is in a heading, and the colours, the postal code and the copyright sign around it mislead a careless
//! reader.

/// The text part: the code on a line of its own.
pub(super) fn text(code: &str) -> String {
    format!(
        "Hi,\n\
         \n\
         Your Arlo one-time authentication code is:\n\
         \n\
         {code}\n\
         \n\
         This code can be used once. Do not share it with anyone. If you did not ask for it, change your password.\n\
         \n\
         © Arlo Technologies, Inc. All rights reserved.\n\
         2200 Faraday Ave., Suite 150, Carlsbad, CA 92008\n"
    )
}

/// The HTML part: colours of six digits in the head, and the code on the line that ends with `</h1>`.
pub(super) fn html(code: &str) -> String {
    format!(
        "<!DOCTYPE html>\n\
         <html>\n\
         <head>\n\
         <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\">\n\
         <title>Arlo</title>\n\
         <style type=\"text/css\">\n\
         body {{ background-color: #202123; color: #333333; }}\n\
         .footer {{\n\
         \x20 color:\n\
         \x20   #666666;\n\
         }}\n\
         </style>\n\
         </head>\n\
         <body style=\"margin:0;padding:0;background-color:#444444;\">\n\
         <table width=\"600\" cellpadding=\"0\" cellspacing=\"0\" style=\"border:1px solid #999999;\">\n\
         <tr><td><img src=\"https://static.arlo.com/mail/202605/logo.png\" alt=\"Arlo\" width=\"120\"></td></tr>\n\
         <tr><td style=\"font-family:Arial,sans-serif;color:#555555;\">\n\
         <p>Your Arlo one-time authentication code is:</p>\n\
         <h1 style=\"color:#1B5A8F;font-size:30px;\">\n\
         \x20                           {code} </h1>\n\
         <p>This code can be used once. Do not share it with anyone.</p>\n\
         </td></tr>\n\
         <tr><td class=\"footer\">© Arlo Technologies, Inc. All rights reserved.<br>\n\
         2200 Faraday Ave., Suite 150, Carlsbad, CA 92008</td></tr>\n\
         </table>\n\
         </body>\n\
         </html>\n"
    )
}

/// Quoted-printable of RFC 2045 section 6.7, with LF as the line break.
pub(super) fn quoted_printable(text: &str) -> String {
    const MAX_LINE: usize = 76;
    let mut encoded = String::with_capacity(text.len() * 5 / 4);
    for line in text.lines() {
        let mut length = 0;
        let bytes = line.as_bytes();
        for (index, &byte) in bytes.iter().enumerate() {
            let at_end = index + 1 == bytes.len();
            let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !at_end);
            let token = if plain {
                char::from(byte).to_string()
            } else {
                format!("={byte:02X}")
            };
            // The soft line break needs one more character.
            if length + token.len() >= MAX_LINE {
                encoded.push_str("=\n");
                length = 0;
            }
            length += token.len();
            encoded.push_str(&token);
        }
        encoded.push('\n');
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_printable_keeps_to_its_line_length_and_escapes_what_it_must() {
        assert_eq!(quoted_printable("a=b ©\nend \n"), "a=3Db =C2=A9\nend=20\n");
        let long = quoted_printable(&"x=".repeat(100));
        assert!(long.lines().all(|line| line.len() <= 76), "{long}");
        assert_eq!(long.replace("=\n", "").trim_end(), "x=3D".repeat(100));
    }
}
