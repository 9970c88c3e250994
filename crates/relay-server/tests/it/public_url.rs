//! How clients reach a relay whose operator has not said so.

use relay::Domain;
use relay_server::data_dir::DataDir;
use relay_server::serve::start;

use crate::serving::config;

#[tokio::test]
async fn a_listener_on_every_address_is_named_by_the_domain_or_by_this_machine() {
    for (http, domain, host) in [
        ("0.0.0.0:0", "relay.example.org", "relay.example.org"),
        ("0.0.0.0:0", "relay.localhost", "127.0.0.1"),
        ("127.0.0.1:0", "relay.example.org", "127.0.0.1"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path(), "127.0.0.1:1".parse().unwrap());
        config.http = http.parse().unwrap();
        config.domain = Some(Domain::parse(domain).unwrap());
        let server = start(config).await.unwrap();
        let expected = format!("http://{host}:{}", server.http_address().port());
        assert_eq!(server.public_url().as_str(), expected, "{http} {domain}");
        let data = DataDir::open_existing(dir.path()).await.unwrap();
        assert_eq!(data.addresses().await.unwrap().unwrap().public_url, expected);
    }
}
