use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use hyper::Method;

use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn credentials(token: Option<&str>) -> Arc<Credentials> {
    Arc::new(Credentials::new(
        "AKIDEXAMPLE".to_owned(),
        SECRET.to_owned(),
        token.map(str::to_owned),
        None,
    ))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What AWS's own crate makes of the same request: the value of `Authorization`, or the query.
fn expected(service: &str, token: Option<&str>, now: Timestamp, request: &Request<Bytes>, life: Option<u64>) -> String {
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    if let Some(seconds) = life {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(seconds));
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    }
    let token = token.map(str::to_owned);
    let identity: Identity = aws_credential_types::Credentials::new("AKIDEXAMPLE", SECRET, token, None, "test").into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name(service)
        .time(now.into())
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let body = match life {
        Some(_) => SignableBody::UnsignedPayload,
        None => SignableBody::Bytes(request.body()),
    };
    let uri = format!("https://service.example:8443{}", request.uri());
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let signable = SignableRequest::new(request.method().as_str(), uri, headers, body).unwrap();
    let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
    if life.is_some() {
        let mut pairs: Vec<String> = instructions
            .params()
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        pairs.sort_unstable();
        return pairs.join("&");
    }
    let found = instructions.headers().find(|(name, _)| *name == "authorization");
    found.unwrap().1.to_owned()
}

fn request(method: Method, uri: &str, headers: &[(&'static str, &str)], body: &str) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::from(body.to_owned())).unwrap()
}

#[test]
fn a_request_is_signed_as_by_the_crate_of_aws() {
    let (origin, _) = Origin::of("https://service.example:8443").unwrap();
    let json = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", "A.B")];
    let object = [
        ("x-amz-meta-began", "17"),
        ("if-none-match", "*"),
        ("cache-control", "no-store"),
        ("content-type", "application/json"),
    ];
    let cases = [
        ("dynamodb", request(Method::POST, "/", &json, r#"{"TableName":"t"}"#)),
        ("s3", request(Method::PUT, "/poll/req_1", &object, "{}")),
        ("s3", request(Method::GET, "/mail/a%20b%C3%A9%2B~.txt", &[], "")),
        ("s3", request(Method::GET, "/?versions=", &[], "")),
        (
            "ses",
            request(Method::GET, "/v2/email/identities/op%40example.org", &[], ""),
        ),
    ];
    for (service, original) in cases {
        let signer = Signer::new("eu-west-1".to_owned(), service);
        for (now, token) in [
            ("2026-11-21T10:00:00Z", None),
            ("2026-11-21T23:59:59.9Z", Some("a+b/c==")),
            ("2026-11-22T00:00:00Z", Some("a+b/c==")),
        ] {
            let mut signed = original.clone();
            signer.sign(&credentials(token), at(now), &origin, &mut signed).unwrap();
            let authorization = signed.headers().get(AUTHORIZATION).unwrap().to_str().unwrap();
            let mut unsigned = original.clone();
            unsigned.headers_mut().insert(HOST, origin.authority().clone());
            let expected = expected(service, token, at(now), &unsigned, None);
            assert_eq!(authorization, expected, "{service} {}", original.uri());
        }
    }
}

#[test]
fn a_url_is_signed_as_by_the_crate_of_aws() {
    let (origin, _) = Origin::of("https://service.example:8443").unwrap();
    let signer = Signer::new("eu-west-1".to_owned(), "s3");
    for token in [None, Some("a+b/c==")] {
        let now = at("2026-11-21T10:00:00Z");
        let query = signer.presigned_query(
            &credentials(token),
            now,
            Duration::from_secs(300),
            &origin,
            "/poll/req_1",
        );
        let unsigned = request(Method::GET, "/poll/req_1", &[("host", "service.example:8443")], "");
        let expected = expected("s3", token, now, &unsigned, Some(300));
        let mut pairs: Vec<&str> = query.split('&').collect();
        pairs.sort_unstable();
        assert_eq!(pairs.join("&"), expected);
    }
}

/// The example of AWS's documentation ("Examples: Signature calculations in AWS Signature Version 4").
#[test]
fn the_example_of_the_documentation_is_signed_as_there() {
    let (origin, _) = Origin::of("https://examplebucket.s3.amazonaws.com").unwrap();
    let signer = Signer::new("us-east-1".to_owned(), "s3");
    let credentials = Arc::new(Credentials::new(
        "AKIAIOSFODNN7EXAMPLE".to_owned(),
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        None,
        None,
    ));
    let now = at("2013-05-24T00:00:00Z");
    let mut get = request(Method::GET, "/test.txt", &[("range", "bytes=0-9")], "");
    signer.sign(&credentials, now, &origin, &mut get).unwrap();
    let authorization = get.headers().get(AUTHORIZATION).unwrap().to_str().unwrap();
    let signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    assert!(authorization.ends_with(signature), "{authorization}");
    let query = signer.presigned_query(&credentials, now, Duration::from_secs(86400), &origin, "/test.txt");
    let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assert!(query.ends_with(signature), "{query}");
}

#[test]
fn other_credentials_get_another_key() {
    let (origin, _) = Origin::of("https://service.example").unwrap();
    let signer = Signer::new("eu-west-1".to_owned(), "s3");
    let now = at("2026-11-21T10:00:00Z");
    let sign = |credentials: &Arc<Credentials>| {
        signer.presigned_query(credentials, now, Duration::from_secs(9), &origin, "/x")
    };
    let (first, second) = (
        credentials(None),
        Arc::new(Credentials::new(
            "AKIDEXAMPLE".to_owned(),
            "another".to_owned(),
            None,
            None,
        )),
    );
    let signed = sign(&first);
    assert_ne!(sign(&second), signed);
    assert_eq!(sign(&first), signed);
}
