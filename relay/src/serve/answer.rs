//! Requests and their answers: the page's files, and the way to the relay.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG, HOST, HeaderName, IF_NONE_MATCH, ORIGIN, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use portolan_wire::relay;

use super::host::{Hosts, Origin};
use super::page::{self, Asset};
use crate::hub::{self, Hub, Trust};

/// What the page may do: load what comes from here, run WebAssembly, start workers, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// What a socket may have read and not written, and the other way, beyond the message under way: 2,000 of them are cheap.
const BUFFER: usize = 8 * 1024;

/// The most that waits in a socket to be taken by the system. A message downwards is a batch of lines or one long line.
const MOST_WAITING: usize = 32 << 20;

/// What all requests need.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) hosts: Arc<Hosts>,
    pub(super) hub: Arc<Hub>,
}

/// What answers every request.
pub(super) fn router(desk: Desk) -> Router {
    Router::new().fallback(answer).with_state(desk)
}

async fn answer(State(desk): State<Desk>, request: Request) -> Response<Body> {
    let mut response = if is_for_us(&desk.hosts, &request) {
        respond_to_own(&desk, request).await
    } else {
        let why = "This program answers only under the address it printed when it started.\n";
        plain(StatusCode::MISDIRECTED_REQUEST, why)
    };
    let headers = response.headers_mut();
    let fixed = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn respond_to_own(desk: &Desk, request: Request) -> Response<Body> {
    let path = request.uri().path().strip_prefix('/').unwrap_or_default();
    if path == relay::PATH {
        return upgrade(desk, request).await;
    }
    let captured = path
        .strip_prefix(relay::CAPTURES)
        .and_then(|rest| rest.strip_prefix('/'));
    if let Some(session) = captured {
        return hub::capture(&desk.hub, session, request.method(), request.headers()).await;
    }
    let ticket = path.strip_prefix(relay::FILES).and_then(|rest| rest.strip_prefix('/'));
    match (ticket.map(str::to_owned), request.method()) {
        (None, _) => respond(&request),
        (Some(ticket), &Method::GET) => hub::fetch(&desk.hub, &ticket),
        (Some(ticket), &Method::PUT) => match origin(desk, request.headers()) {
            Some(_) => hub::bring(&desk.hub, &ticket, request.into_body()).await,
            None => foreign(),
        },
        (Some(_), _) => hub::wrong_method(),
    }
}

/// Makes a WebSocket of a request, if it comes from our own page.
async fn upgrade(desk: &Desk, request: Request) -> Response<Body> {
    let Some(origin) = origin(desk, request.headers()) else {
        return foreign();
    };
    let trust = Trust {
        credentials: origin.is_private(),
    };
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(_) => return plain(StatusCode::UPGRADE_REQUIRED, "Here is a WebSocket and nothing else.\n"),
    };
    let hub = Arc::clone(&desk.hub);
    upgrade
        .max_message_size(relay::UP)
        .max_frame_size(relay::UP)
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(MOST_WAITING)
        .on_upgrade(move |socket| hub::talk(hub, socket, trust))
}

/// The origin of the page that asks, if it is ours. A browser says it with every WebSocket and every PUT.
fn origin<'a>(desk: &'a Desk, headers: &HeaderMap) -> Option<&'a Origin> {
    let mut named = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (named.next(), named.next()) else {
        return None;
    };
    desk.hosts.origin(origin.to_str().ok()?)
}

fn foreign() -> Response<Body> {
    let why = "Only the page that this program serves may ask this, under the address it printed when it started.\n";
    plain(StatusCode::FORBIDDEN, why)
}

/// The page's files.
fn respond(request: &Request) -> Response<Body> {
    let head = match *request.method() {
        Method::GET => false,
        Method::HEAD => true,
        _ => {
            let mut response = plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "There is nothing here but files to read.\n",
            );
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
    };
    match page::find(request.uri().path()) {
        Some(asset) => file(asset, request.headers(), head),
        None => plain(StatusCode::NOT_FOUND, "There is no such file.\n"),
    }
}

/// Whether the request names us, once, in its `Host`, and nobody else in its target.
fn is_for_us(hosts: &Hosts, request: &Request) -> bool {
    let mut named = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else {
        return false;
    };
    let target = request.uri().authority();
    host.to_str().is_ok_and(|host| hosts.know(host)) && target.is_none_or(|target| hosts.know(target.as_str()))
}

fn file(asset: &'static Asset, asked: &HeaderMap, head: bool) -> Response<Body> {
    let compressed = asset.brotli.filter(|_| takes_brotli(asked));
    // Another encoding is another sequence of bytes, and needs a tag of its own.
    let tag = match compressed {
        Some(_) => format!("\"{}-br\"", asset.tag),
        None => format!("\"{}\"", asset.tag),
    };
    let unchanged = asked
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let unchanged = unchanged
        .flat_map(|value| value.split(','))
        .any(|known| same_tag(known, &tag));
    let bytes = compressed.unwrap_or(asset.plain);
    let body = if head || unchanged {
        Body::empty()
    } else {
        Body::from(bytes)
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type()));
    // Names stay the same from build to build: keep the file, but ask whether it is still the one.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if asset.brotli.is_some() {
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    if compressed.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    }
    response
}

/// Whether the one who asks can read brotli (RFC 9110 section 12.5.3). A weight of zero means no.
fn takes_brotli(asked: &HeaderMap) -> bool {
    let values = asked
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().trim_start_matches("q=");
        name.trim().eq_ignore_ascii_case("br") && weight.bytes().any(|digit| matches!(digit, b'1'..=b'9'))
    })
}

/// Weak comparison (RFC 9110 section 8.8.3.2).
fn same_tag(known: &str, tag: &str) -> bool {
    let known = known.trim();
    known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(encodings: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(encodings))])
    }

    #[test]
    fn brotli_goes_to_those_who_ask_for_it() {
        assert!(takes_brotli(&asked("gzip, deflate, br, zstd")));
        assert!(takes_brotli(&asked("br;q=0.5")));
        assert!(!takes_brotli(&asked("gzip, br;q=0")));
        assert!(!takes_brotli(&asked("gzip, brotli")));
        assert!(!takes_brotli(&HeaderMap::new()));
    }

    #[test]
    fn a_file_that_is_known_is_not_sent_again() {
        let asset = page::find("/").unwrap();
        let fresh = file(asset, &HeaderMap::new(), false);
        assert_eq!(fresh.status(), StatusCode::OK);
        let tag = fresh.headers().get(ETAG).unwrap().clone();
        let again = file(asset, &HeaderMap::from_iter([(IF_NONE_MATCH, tag)]), false);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let other = HeaderValue::from_static("\"other\"");
        let changed = file(asset, &HeaderMap::from_iter([(IF_NONE_MATCH, other)]), false);
        assert_eq!(changed.status(), StatusCode::OK);
    }

    fn status(method: Method, target: &str, hosts: &[&str]) -> StatusCode {
        let mut request = Request::builder().method(method).uri(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let request = request.body(Body::empty()).unwrap();
        let known = Hosts::new("127.0.0.1:8021".parse().unwrap(), &[]);
        if !is_for_us(&known, &request) {
            return StatusCode::MISDIRECTED_REQUEST;
        }
        respond(&request).status()
    }

    #[test]
    fn nobody_is_answered_under_another_name() {
        let ours = "127.0.0.1:8021";
        assert_eq!(status(Method::GET, "/", &[ours]), StatusCode::OK);
        assert_eq!(status(Method::HEAD, "/", &[ours]), StatusCode::OK);
        for hosts in [&["evil.example"][..], &[], &[ours, ours], &[ours, "evil.example"]] {
            assert_eq!(
                status(Method::GET, "/", hosts),
                StatusCode::MISDIRECTED_REQUEST,
                "{hosts:?}"
            );
        }
        let elsewhere = status(Method::GET, "http://evil.example/", &[ours]);
        assert_eq!(elsewhere, StatusCode::MISDIRECTED_REQUEST);
        assert_eq!(status(Method::POST, "/", &[ours]), StatusCode::METHOD_NOT_ALLOWED);
        for missing in ["/nothing", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "//"] {
            assert_eq!(
                status(Method::GET, missing, &[ours]),
                StatusCode::NOT_FOUND,
                "{missing}"
            );
        }
    }
}
