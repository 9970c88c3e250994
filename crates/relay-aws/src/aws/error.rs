//! What AWS says where it refuses a call: JSON of DynamoDB, SES and Systems Manager, XML of S3.

use serde::Deserialize;

use super::Fault;
use super::transport::Answer;

/// The longest message that is kept, in characters.
const MAX_MESSAGE: usize = 300;

/// How a service writes its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Xml,
}

/// An error's code and message, as far as there are any.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
}

impl Said {
    pub(super) fn into_fault(self, answer: &Answer) -> Fault {
        let Self { code, message } = self;
        Fault::Refused {
            status: Some(answer.status.as_u16()),
            code,
            message,
        }
    }
}

/// The body of an error in JSON. The names are in either case, and REST services have the code in a header.
#[derive(Default, Deserialize)]
struct Json {
    #[serde(rename = "__type")]
    kind: Option<String>,
    code: Option<String>,
    message: Option<String>,
    #[serde(rename = "Message")]
    capital: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Xml {
    code: Option<String>,
    message: Option<String>,
}

impl Form {
    pub(super) fn read(self, answer: &Answer) -> Said {
        let said = match self {
            Self::Json => {
                let Json {
                    kind,
                    code,
                    message,
                    capital,
                } = serde_json::from_slice(&answer.body).unwrap_or_default();
                let code = answer.header("x-amzn-errortype").map(str::to_owned).or(kind).or(code);
                Said {
                    code,
                    message: message.or(capital),
                }
            }
            Self::Xml => {
                let text = str::from_utf8(&answer.body).unwrap_or_default();
                let Xml { code, message } = quick_xml::de::from_str(text).unwrap_or_default();
                Said { code, message }
            }
        };
        Said {
            code: said
                .code
                .map(|code| plain(&code).to_owned())
                .filter(|code| !code.is_empty()),
            // After the first line of a refused signature comes what was signed, the session's token with it.
            message: said
                .message
                .and_then(|message| Some(message.lines().next()?.chars().take(MAX_MESSAGE).collect()))
                .filter(|message: &String| !message.is_empty()),
        }
    }
}

/// The code alone: it may have a namespace before it, and a URL after it.
fn plain(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, StatusCode};

    use super::*;

    fn read(form: Form, kind: Option<&'static str>, body: &'static str) -> (Option<String>, Option<String>) {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert("x-amzn-errortype", kind.parse().unwrap());
        }
        let said = form.read(&Answer {
            status: StatusCode::BAD_REQUEST,
            headers,
            body: body.into(),
        });
        (said.code, said.message)
    }

    #[test]
    fn the_code_and_the_message_are_found() {
        let dynamodb = r#"{"__type":"com.amazonaws.dynamodb.v20120810#X","message":"m","Item":{"a":{"S":"secret"}}}"#;
        let header = Some("X:http://internal.amazon.com/x/");
        for (form, kind, body) in [
            (Form::Json, None, dynamodb),
            (Form::Json, None, r#"{"__type":"X","Message":"m"}"#),
            (Form::Json, None, r#"{"code":"X","message":"m","Message":"M"}"#),
            (Form::Json, header, r#"{"message":"m"}"#),
            (
                Form::Xml,
                None,
                "<?xml version=\"1.0\"?>\n<Error><Code>X</Code><Message>m</Message><Key>k</Key></Error>",
            ),
        ] {
            let expected = (Some("X".to_owned()), Some("m".to_owned()));
            assert_eq!(read(form, kind, body), expected, "{body}");
        }
    }

    #[test]
    fn what_is_no_error_document_says_nothing() {
        for body in ["", "<html>", "[]", "{}", r#"{"__type":7}"#, "<Error/>", "\u{0}"] {
            assert_eq!(read(Form::Json, None, body), (None, None), "{body}");
            assert_eq!(read(Form::Xml, None, body), (None, None), "{body}");
        }
    }

    #[test]
    fn what_was_signed_is_not_repeated() {
        let body =
            "{\"__type\":\"InvalidSignatureException\",\"message\":\"Check your key.\\n\\nThe Canonical String\"}";
        assert_eq!(read(Form::Json, None, body).1.as_deref(), Some("Check your key."));
    }
}
