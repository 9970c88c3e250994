//! One call on a connection: whose it is, and its answer.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::http::header::{CONNECTION, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use client_limits::{Client, ClientShare, ClientShares};
use hyper::Request;
use hyper::body::Incoming;
use relay_http::Known;
use tokio::time::Instant;
use tower::Service;

use super::Limits;
use super::arriving::Arriving;
use super::forwarded::{Caller, Proxies, discard};
use super::stream::Left;
use crate::connections::{Activity, Place};

/// What all connections share: the router, and which calls each client has made through a proxy.
#[derive(Debug)]
pub(super) struct Calls {
    router: Router,
    proxies: Proxies,
    trusts_local: bool,
    passed_on: ClientShares,
    warned: AtomicBool,
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    /// Whom the connection counts as.
    pub(super) client: Client,
    address: IpAddr,
    is_proxy: bool,
}

/// Who makes a call.
struct Called {
    client: Client,
    /// Given back at the end of the call.
    _share: Option<ClientShare>,
}

impl Calls {
    pub(super) fn new(router: Router, proxies: Proxies, limits: &Limits) -> Self {
        Self {
            router,
            proxies,
            trusts_local: limits.trusts_local,
            passed_on: ClientShares::new(limits.passed_on),
            warned: AtomicBool::new(false),
        }
    }

    pub(super) fn peer(&self, address: IpAddr) -> Peer {
        let is_proxy = self.proxies.include(address);
        Peer {
            client: if is_proxy {
                Client::default()
            } else {
                self.client(address)
            },
            address,
            is_proxy,
        }
    }

    fn client(&self, address: IpAddr) -> Client {
        let client = Client::new(Some(address));
        if self.trusts_local && client.is_local() {
            Client::default()
        } else {
            client
        }
    }

    /// Whose call this is; `None` if that client has too many under way.
    fn called(&self, peer: Peer, headers: &mut HeaderMap) -> Option<Called> {
        if !peer.is_proxy {
            discard(headers);
            return Some(Called {
                client: peer.client,
                _share: None,
            });
        }
        let origin = self.proxies.take(headers);
        let client = match origin.caller {
            Caller::Client(address) => self.client(address),
            // A program beside the proxy.
            Caller::Proxy => self.client(peer.address),
            // Whoever makes the proxy's fields unclear gains nothing by it, even if the proxy is on this machine.
            Caller::Unclear => Client::new(Some(peer.address)),
        };
        if origin.in_clear && !client.is_local() && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a proxy passes on calls that came to it without TLS: others on the network can read tokens and codes. \
                 Let it redirect them to https"
            );
        }
        let share = self.passed_on.take(client, 1).ok()?;
        Some(Called {
            client,
            _share: Some(share),
        })
    }
}

/// Answers one request. The connection can be displaced until the request is whole, and after the answer.
pub(super) async fn answer(
    mut request: Request<Incoming>,
    calls: Arc<Calls>,
    peer: Peer,
    place: Arc<Place>,
    left: Arc<Left>,
    closes_at: Instant,
) -> Result<Response, Infallible> {
    // If there is a length too, two readers may disagree where the next request begins. So there is no next one.
    let closes = request.headers().contains_key(TRANSFER_ENCODING) || Instant::now() >= closes_at;
    let known = Known::default();
    request.extensions_mut().insert(known.clone());
    let mut request = request.map(|body| Arriving::new(body, Arc::clone(&place), known, left));
    let mut response = match calls.called(peer, request.headers_mut()) {
        Some(called) => {
            request.extensions_mut().insert(called.client);
            calls.router.clone().call(request).await?
        }
        None => {
            drop(request);
            relay_http::turned_away()
        }
    };
    if closes {
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    place.set(Activity::Idle);
    Ok(response)
}
