//! The reader: holds a log that comes from a relay or from a file, in a web worker, and answers the page's questions about
//! it. `portolan_link::live` has the rules of the conversation with the page, `portolan_wire::relay` those with the relay.

mod desk;
mod folio;
mod words;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, Date, Uint8Array};
use portolan_link::live::FromReader;
use portolan_link::{Reply, Request, read, write};
use portolan_wire::relay::PATH;
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, DedicatedWorkerGlobalScope, File, MessageEvent, RequestInit, Response, Url, WebSocket};

use desk::{Desk, Form, Now, Out};

/// How often time is told to pass, in milliseconds: also how often a growing log is drawn anew.
const TICK: i32 = 200;

/// Bytes of a file that are read at once; between two of these, questions are answered.
const PIECE: u32 = 1 << 20;

#[cfg(target_family = "wasm")]
#[global_allocator]
static MEMORY: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn main() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    let address = scope.location().href();
    let base = address.rsplit_once('/').map_or("", |(base, _)| base).to_owned() + "/";
    let worker = Rc::new(Worker {
        scope: scope.clone(),
        desk: RefCell::new(Desk::new(base.clone())),
        base,
        socket: RefCell::default(),
        held: RefCell::default(),
    });
    let listening = Rc::clone(&worker);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| listening.hear(&event.data()));
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker listens for as long as it lives.
    on_message.forget();
    let ticking = Rc::clone(&worker);
    let on_tick = Closure::<dyn FnMut()>::new(move || ticking.with(|desk| desk.tick(now())));
    scope
        .set_interval_with_callback_and_timeout_and_arguments_0(on_tick.as_ref().unchecked_ref(), TICK)
        .expect_throw("every worker has timers");
    on_tick.forget();
    worker.say(&FromReader::Log(Reply::Ready));
}

/// The worker's outside: messages, the socket, files.
struct Worker {
    scope: DedicatedWorkerGlobalScope,
    desk: RefCell<Desk>,
    /// Where the page is.
    base: String,
    socket: RefCell<Option<Socket>>,
    /// Files that uploads wait for, by action.
    held: RefCell<BTreeMap<u32, File>>,
}

/// The relay's socket. One that is dropped says nothing any more.
struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut()>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // One that is closed already stays so.
        let _closed = self.socket.close();
    }
}

impl Worker {
    fn hear(self: &Rc<Self>, data: &JsValue) {
        if let Some(bytes) = data.dyn_ref::<Uint8Array>() {
            if let Some(Request::Ask { run, question }) = read(&bytes.to_vec()) {
                self.with(|desk| desk.ask(run, &question));
            }
        } else if let Some(pairs) = data.dyn_ref::<Array>() {
            let (form, file) = form(pairs);
            let outs = self.desk.borrow_mut().form(now(), &form);
            self.perform(outs, file.as_ref());
        }
    }

    /// Lets the desk do something, and does what comes of it.
    fn with(self: &Rc<Self>, step: impl FnOnce(&mut Desk) -> Vec<Out>) {
        let outs = step(&mut self.desk.borrow_mut());
        self.perform(outs, None);
    }

    fn perform(self: &Rc<Self>, outs: Vec<Out>, file: Option<&File>) {
        for out in outs {
            match out {
                Out::Dial => self.dial(),
                Out::HangUp => *self.socket.borrow_mut() = None,
                Out::Send(text) => {
                    if let Some(socket) = &*self.socket.borrow() {
                        // A socket that has just closed loses it, as the network might have; it is said again.
                        let _sent = socket.socket.send_with_str(&text);
                    }
                }
                Out::Say(message) => self.say(&message),
                Out::Hold(action) => {
                    self.held.borrow_mut().extend(file.cloned().map(|file| (action, file)));
                }
                Out::Put { action, href } => self.put(action, &href),
                Out::Read => {
                    if let Some(file) = file {
                        wasm_bindgen_futures::spawn_local(Rc::clone(self).read(file.clone()));
                    }
                }
                Out::Save(name) => self.save(name),
                Out::Capture { href, key } => self.capture(&href, &key),
            }
        }
    }

    fn say(&self, message: &FromReader) {
        let bytes = write(message);
        // A page that is gone hears nothing, and nobody is left to be told.
        let _gone = self.scope.post_message(&Uint8Array::from(bytes.as_slice()));
    }

    fn dial(self: &Rc<Self>) {
        *self.socket.borrow_mut() = None;
        // From http comes ws, and from https wss.
        let address = format!("{}{PATH}", self.base.replacen("http", "ws", 1));
        match WebSocket::new(&address) {
            Ok(socket) => *self.socket.borrow_mut() = Some(self.listen(socket)),
            Err(_) => {
                // An address that has no sockets at all, as that of a file.
                let worker = Rc::clone(self);
                let later = Closure::once_into_js(move || worker.with(|desk| desk.closed(now())));
                let _timer = self.scope.set_timeout_with_callback(later.unchecked_ref());
            }
        }
    }

    fn listen(self: &Rc<Self>, socket: WebSocket) -> Socket {
        // Each in a turn of its own: what comes of it may drop the very closure that is running.
        let on_open = {
            let worker = Rc::clone(self);
            Closure::<dyn FnMut()>::new(move || worker.soon(|desk| desk.opened(now())))
        };
        let on_message = {
            let worker = Rc::clone(self);
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let text = event.data().as_string().unwrap_or_default();
                worker.soon(move |desk| desk.heard(now(), &text));
            })
        };
        let on_close = {
            let worker = Rc::clone(self);
            Closure::<dyn FnMut()>::new(move || worker.soon(|desk| desk.closed(now())))
        };
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Socket {
            socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        }
    }

    /// As [`Worker::with`], after what runs now.
    fn soon(self: &Rc<Self>, step: impl FnOnce(&mut Desk) -> Vec<Out> + 'static) {
        let worker = Rc::clone(self);
        wasm_bindgen_futures::spawn_local(async move { worker.with(step) });
    }

    /// Reads a file piece by piece.
    async fn read(self: Rc<Self>, file: File) {
        let size = file.size();
        let mut from = 0.0;
        while from < size {
            let to = (from + f64::from(PIECE)).min(size);
            let bytes = async {
                let piece = file.slice_with_f64_and_f64(from, to)?;
                JsFuture::from(piece.array_buffer()).await
            };
            let bytes = match bytes.await {
                Ok(buffer) => Uint8Array::new(&buffer).to_vec(),
                Err(error) => {
                    let why = error
                        .dyn_ref::<js_sys::Error>()
                        .map(|error| String::from(error.message()));
                    return self.with(|desk| desk.file_end(Some(why.unwrap_or_default())));
                }
            };
            let (more, outs) = self.desk.borrow_mut().piece(&bytes);
            self.perform(outs, None);
            if !more {
                return;
            }
            from = to;
        }
        self.with(|desk| desk.file_end(None));
    }

    /// Uploads the file that is held for an action.
    fn put(self: &Rc<Self>, action: u32, href: &str) {
        let Some(file) = self.held.borrow_mut().remove(&action) else {
            return;
        };
        let address = format!("{}{href}", self.base);
        let worker = Rc::clone(self);
        let options = RequestInit::new();
        options.set_method("PUT");
        options.set_body(&file);
        wasm_bindgen_futures::spawn_local(async move {
            // Where the relay refuses, or the way breaks, the session's log says what became of the action; here is why.
            let _done = worker.ask(&address, &options).await;
        });
    }

    /// Fetches a session's capture, and gives it to the browser.
    fn capture(self: &Rc<Self>, href: &str, key: &str) {
        let address = format!("{}{href}", self.base);
        let worker = Rc::clone(self);
        let options = RequestInit::new();
        let authorization = Array::of2(&"Authorization".into(), &format!("Bearer {key}").into());
        options.set_headers(&Array::of1(&authorization));
        wasm_bindgen_futures::spawn_local(async move {
            let Some(response) = worker.ask(&address, &options).await else {
                return;
            };
            if let Ok(blob) = response.blob().map(JsFuture::from)
                && let Ok(blob) = blob.await
            {
                worker.hand_over(blob.unchecked_ref(), "session.pcapng".to_owned());
            }
        });
    }

    /// Asks the relay for something; where it refuses, its words are shown.
    async fn ask(self: &Rc<Self>, address: &str, options: &RequestInit) -> Option<Response> {
        let answer = JsFuture::from(self.scope.fetch_with_str_and_init(address, options)).await;
        let why = match answer.and_then(|answer| answer.dyn_into::<Response>()) {
            Ok(response) if response.ok() => return Some(response),
            Ok(response) => response.text().map(JsFuture::from),
            Err(error) => Err(error),
        };
        let why = match why {
            Ok(text) => text.await.ok().and_then(|text| text.as_string()),
            Err(_) => None,
        };
        if let Some(why) = why.filter(|why| !why.is_empty()) {
            self.with(|desk| desk.put_failed(&why));
        }
        None
    }

    /// Gives the session's log to the browser.
    fn save(&self, name: String) {
        let bytes = Uint8Array::from(self.desk.borrow().text());
        let blob = Blob::new_with_u8_array_sequence(&Array::of1(&bytes));
        if let Ok(blob) = blob {
            self.hand_over(&blob, name);
        }
    }

    fn hand_over(&self, blob: &Blob, name: String) {
        if let Ok(href) = Url::create_object_url_with_blob(blob) {
            self.say(&FromReader::Fetch { href, name });
        }
    }
}

/// What the user filled in.
fn form(pairs: &Array) -> (Form, Option<File>) {
    let mut form = Form::default();
    let mut chosen = None;
    for pair in pairs.iter() {
        let pair = Array::from(&pair);
        let (name, value) = (pair.get(0).as_string().unwrap_or_default(), pair.get(1));
        if let Some(text) = value.as_string() {
            form.pairs.push((name, text));
        } else if let Ok(file) = value.dyn_into::<File>()
            && !file.name().is_empty()
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a file's size is whole"
            )]
            let size = file.size() as u64;
            form.file = Some((file.name(), size));
            chosen = Some(file);
        }
    }
    (form, chosen)
}

fn now() -> Now {
    let date = Date::new_0();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, and for long to come"
    )]
    let (millis, behind) = (date.get_time() as u64, date.get_timezone_offset() as i32);
    Now { millis, behind }
}
