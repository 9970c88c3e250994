//! The media server.

use arlo_sim::{Fault, Generation};
use reqwest::header::{CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use reqwest::{Method, Response};
use serde_json::json;

use crate::common::Client;
use crate::house::{Events, data, play, start};

/// The URL of a new recording.
async fn recorded(cloud: &arlo_sim::Cloud, client: &Client) -> String {
    let mut events = Events::open(client).await;
    play(cloud, "record Garden 3").await;
    events.of("mediaUploadNotification").await;
    let last = events.of("mediaUploadNotification").await;
    last["presignedContentUrl"].as_str().unwrap().to_owned()
}

async fn get(url: &str) -> Response {
    reqwest::get(url).await.unwrap()
}

async fn range(url: &str, range: &str, known: Option<&str>) -> Response {
    let mut call = reqwest::Client::new().get(url).header(RANGE, range);
    if let Some(known) = known {
        call = call.header(IF_RANGE, known);
    }
    call.send().await.unwrap()
}

#[tokio::test]
async fn a_recording_is_an_mp4_file_that_can_be_fetched_in_parts() {
    let (cloud, client) = start(Generation::V2).await;
    let url = recorded(&cloud, &client).await;
    let whole = get(&url).await;
    assert_eq!(
        (whole.status().as_u16(), whole.content_length()),
        (200, Some(16 * 1024))
    );
    let headers = whole.headers().clone();
    assert_eq!(
        (&headers["content-type"], &headers["accept-ranges"]),
        (&"video/mp4".parse().unwrap(), &"bytes".parse().unwrap())
    );
    assert!(headers[LAST_MODIFIED].to_str().unwrap().ends_with(" GMT"));
    let whole = whole.bytes().await.unwrap();
    assert_eq!(&whole[4..8], b"ftyp");

    for (wanted, from, to) in [
        ("bytes=100-199", 100, 200),
        ("bytes=16000-", 16000, 16384),
        ("bytes=-10", 16374, 16384),
        ("bytes=16000-99999", 16000, 16384),
    ] {
        let part = range(&url, wanted, None).await;
        assert_eq!(part.status(), 206);
        assert_eq!(part.headers()[CONTENT_RANGE], format!("bytes {from}-{}/16384", to - 1));
        assert_eq!(part.bytes().await.unwrap(), whole[from..to]);
    }
    let beyond = range(&url, "bytes=16384-", None).await;
    assert_eq!(
        (beyond.status().as_u16(), &beyond.headers()[CONTENT_RANGE]),
        (416, &"bytes */16384".parse().unwrap())
    );
    // Of another file than the one that is known, the whole.
    assert_eq!(range(&url, "bytes=1-2", Some("\"other\"")).await.status(), 200);
    assert_eq!(
        range(&url, "bytes=1-2", Some(headers[ETAG].to_str().unwrap()))
            .await
            .status(),
        206
    );
    for odd in ["bytes=1-2,4-5", "lines=1-2", "bytes=5"] {
        assert_eq!(range(&url, odd, None).await.status(), 200, "{odd}");
    }
    for odd in ["bytes=-", "bytes=x-y", "bytes=9-3"] {
        assert_eq!(range(&url, odd, None).await.status(), 416, "{odd}");
    }
}

#[tokio::test]
async fn a_url_opens_one_file_for_a_while() {
    let (cloud, client) = start(Generation::V2).await;
    let url = recorded(&cloud, &client).await;
    assert_eq!(get(&url.replace(".mp4", "_thumb.jpg")).await.status(), 403);
    assert_eq!(get(url.split_once('?').unwrap().0).await.status(), 403);
    cloud.advance(std::time::Duration::from_secs(24 * 60 * 60 + 1));
    let expired = get(&url).await;
    assert_eq!(expired.status(), 403);
    assert!(expired.text().await.unwrap().contains("Request has expired"));

    // The library gives a fresh one. By now the login has expired as well.
    let client = Client::with_password(&cloud).await;
    let all = json!({ "dateFrom": "20000101", "dateTo": "29991231" });
    let library = data(client.api(Method::POST, "/hmsweb/users/library", Some(&all)).await).await;
    assert_eq!(
        get(library[0]["presignedContentUrl"].as_str().unwrap()).await.status(),
        200
    );
    let picture = get(library[0]["presignedThumbnailUrl"].as_str().unwrap()).await;
    assert_eq!(&picture.bytes().await.unwrap()[..2], b"\xff\xd8");
}

#[tokio::test]
async fn every_url_can_be_made_void_and_the_library_gives_fresh_ones() {
    let (cloud, client) = start(Generation::V2).await;
    let url = recorded(&cloud, &client).await;
    play(&cloud, "expire-urls").await;
    assert_eq!(get(&url).await.status(), 403);
    let all = json!({ "dateFrom": "20000101", "dateTo": "29991231" });
    let library = data(client.api(Method::POST, "/hmsweb/users/library", Some(&all)).await).await;
    assert_eq!(
        get(library[0]["presignedContentUrl"].as_str().unwrap()).await.status(),
        200
    );
}

#[tokio::test]
async fn the_media_server_fails_and_recovers() {
    let (cloud, client) = start(Generation::V2).await;
    let url = recorded(&cloud, &client).await;
    cloud.faults().set_times(Fault::Media503, 1);
    assert_eq!(get(&url).await.status(), 503);
    cloud.faults().set_times(Fault::MediaCut, 1);
    let mut cut = get(&url).await;
    assert_eq!(cut.content_length(), Some(16 * 1024));
    let mut read = 0;
    let end = loop {
        match cut.chunk().await {
            Ok(Some(chunk)) => read += chunk.len(),
            end => break end,
        }
    };
    assert!(end.is_err() && read <= 8 * 1024, "{read} {end:?}");
    assert_eq!(get(&url).await.bytes().await.unwrap().len(), 16 * 1024);
}
