//! Files over HTTP: what a ticket is good for; and captures.

use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use hyper::body::{Frame, SizeHint};
use portolan_wire::relay::Way;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::timeout;

use super::Hub;
use super::capture::{Capture, Fetched};
use crate::drive::{Piece, STALL};

/// A download on its way.
struct Download(mpsc::Receiver<Piece>);

/// A capture on its way, and the place of whoever fetches it.
struct Whole(
    Option<Bytes>,
    #[expect(dead_code, reason = "held")] OwnedSemaphorePermit,
);

impl HttpBody for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// The session ended the transfer before the file was whole.
#[derive(Debug)]
struct CutShort;

impl HttpBody for Download {
    type Data = Bytes;
    type Error = CutShort;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        self.0.poll_recv(cx).map(|piece| match piece {
            Some(Piece::Bytes(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::End) => None,
            // The browser must not take this for a whole file.
            None => Some(Err(CutShort)),
        })
    }
}

/// Gives a download to whoever has its ticket.
pub(crate) fn fetch(hub: &Hub, ticket: &str) -> Response<Body> {
    let Some(offer) = redeem(hub, ticket, Way::Download) else {
        return text(StatusCode::NOT_FOUND, NO_TICKET);
    };
    let name = offer.name.clone();
    let Some(pieces) = offer.take() else {
        return text(StatusCode::GONE, "The transfer was given up.\n");
    };
    to_be_saved(Body::new(Download(pieces)), &name)
}

/// Gives the capture of a session with the relay's own sandbox to whoever has its drive key.
pub(crate) async fn capture(hub: &Hub, session: &str, method: &Method, headers: &HeaderMap) -> Response<Body> {
    if method != Method::GET {
        return only(HeaderValue::from_static("GET"), "A capture is for GET.\n");
    }
    let key = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = key.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let name = format!("session-{session}.pcapng");
    let Some(session) = hub
        .session(session)
        .filter(|session| session.capture_for(key).is_some())
    else {
        return text(StatusCode::NOT_FOUND, NO_CAPTURE);
    };
    let key = key.to_owned();
    let fetched = tokio::task::spawn_blocking(move || session.capture_for(&key).and_then(Capture::fetch));
    match fetched.await {
        Ok(Some(Fetched { bytes, place })) => to_be_saved(Body::new(Whole(Some(bytes.into()), place)), &name),
        Ok(None) | Err(_) => text(
            StatusCode::SERVICE_UNAVAILABLE,
            "This capture is being fetched already.\n",
        ),
    }
}

fn to_be_saved(body: Body, name: &str) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&disposition(name)) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// Takes an upload from whoever has its ticket.
pub(crate) async fn bring(hub: &Hub, ticket: &str, mut body: Body) -> Response<Body> {
    // An exact hint is the request's Content-Length.
    let Some(size) = body.size_hint().exact() else {
        return text(
            StatusCode::LENGTH_REQUIRED,
            "An upload says beforehand how long it is.\n",
        );
    };
    let limit = hub.setting.limits.file;
    if size > limit {
        let why = format!("The file has {size} bytes; {limit} are the most that this relay passes on.\n");
        return text(StatusCode::PAYLOAD_TOO_LARGE, &why);
    }
    let Some(offer) = redeem(hub, ticket, Way::Upload) else {
        return text(StatusCode::NOT_FOUND, NO_TICKET);
    };
    let Some(to) = offer.bring(size) else {
        return text(StatusCode::GONE, "The transfer was given up.\n");
    };
    loop {
        let frame = core::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx));
        match timeout(STALL, frame).await {
            Ok(None) => return text(StatusCode::OK, "The relay has it all.\n"),
            Ok(Some(Ok(frame))) => {
                let Ok(bytes) = frame.into_data() else { continue };
                // The endpoint takes as fast as its server does; one that has given up takes no more.
                if to.send(bytes).await.is_err() {
                    return text(StatusCode::GONE, "The transfer was given up.\n");
                }
            }
            Ok(Some(Err(_))) | Err(_) => return text(StatusCode::REQUEST_TIMEOUT, "The upload was cut short.\n"),
        }
    }
}

/// The answer to anything else that is asked of a ticket.
pub(crate) fn wrong_method() -> Response<Body> {
    only(HeaderValue::from_static("GET, PUT"), "A ticket is for GET or PUT.\n")
}

fn only(methods: HeaderValue, why: &str) -> Response<Body> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, why);
    response.headers_mut().insert(ALLOW, methods);
    response
}

const NO_CAPTURE: &str = "No session with the sandbox has that name and drive key.\n";

const NO_TICKET: &str = "No file waits for this ticket: it was used, or it is too late.\n";

fn redeem(hub: &Hub, ticket: &str, way: Way) -> Option<crate::drive::Offer> {
    let (session, key) = ticket.split_once('.')?;
    hub.session(session)?.tickets().redeem(key, way)
}

/// A name for the browser to save under (RFC 6266, RFC 8187): everything but letters and digits is encoded.
fn disposition(name: &str) -> String {
    let mut value = "attachment; filename*=UTF-8''".to_owned();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            value.push(char::from(byte));
        } else {
            value.push_str(&format!("%{byte:02X}"));
        }
    }
    value
}

fn text(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl core::fmt::Display for CutShort {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the transfer ended before the file was whole")
    }
}

impl core::error::Error for CutShort {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(
            disposition("a\"b\r\nc ü.txt"),
            "attachment; filename*=UTF-8''a%22b%0D%0Ac%20%C3%BC.txt"
        );
    }
}
