//! Files over HTTP: what a ticket is good for.

use core::pin::Pin;
use core::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use hyper::body::Frame;
use portolan_wire::relay::Way;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Hub;
use crate::drive::{Piece, STALL};

/// A download on its way.
struct Download(mpsc::Receiver<Piece>);

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
    let mut response = Response::new(Body::new(Download(pieces)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&disposition(&name)) {
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
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "A ticket is for GET or PUT.\n");
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, PUT"));
    response
}

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
