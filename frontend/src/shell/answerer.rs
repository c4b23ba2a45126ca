//! Whoever answers about a log: the engine in its worker, or a recorded session in the page.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use portolan_link::{GARBLED, Recording, Reply, Request};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions};
use yew::Callback;

/// The recorded session that ships with the page.
const RECORDING: &str = "first-file.recording";

/// Takes requests; replies come by the callback, later.
pub struct Answerer {
    heard: Callback<Reply>,
    who: Who,
}

enum Who {
    Nobody,
    Engine(Engine),
    Recording(Rc<Recording>),
}

struct Engine {
    worker: Worker,
    /// What was said before the engine could hear.
    waiting: Rc<RefCell<Option<Vec<Uint8Array>>>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Answerer {
    /// Nobody answers yet.
    pub const fn new(heard: Callback<Reply>) -> Self {
        Self {
            heard,
            who: Who::Nobody,
        }
    }

    /// Starts the engine's worker; one that was there is ended.
    pub fn start(&mut self) {
        self.who = match Engine::start(&self.heard) {
            Ok(engine) => Who::Engine(engine),
            Err(why) => {
                self.heard.emit(Reply::Broken {
                    why: format!("{why:?}"),
                });
                Who::Nobody
            }
        };
    }

    /// Answers from a recorded session from now on.
    pub fn play(&mut self, recording: &Rc<Recording>, run: u32) {
        self.who = Who::Recording(Rc::clone(recording));
        self.heard.emit(Reply::Opened {
            run,
            overview: recording.overview().clone(),
        });
    }

    /// Says something to whoever answers.
    pub fn say(&self, request: &Request) {
        match &self.who {
            Who::Nobody => {}
            Who::Engine(engine) => engine.say(request),
            Who::Recording(recording) => {
                if let Request::Ask { run, question } = request
                    && let Some(answer) = recording.answer(question)
                {
                    self.heard.emit(Reply::Told { run: *run, answer });
                }
            }
        }
    }
}

impl Engine {
    fn start(heard: &Callback<Reply>) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_name("engine");
        let worker = Worker::new_with_options("engine-start.js", &options)?;
        let waiting = Rc::new(RefCell::new(Some(Vec::<Uint8Array>::new())));
        let on_message = {
            let (heard, waiting, worker) = (heard.clone(), Rc::clone(&waiting), worker.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let reply = read(event.data());
                if matches!(reply, Reply::Ready) {
                    for bytes in waiting.borrow_mut().take().unwrap_or_default() {
                        post(&worker, &bytes);
                    }
                }
                heard.emit(reply);
            })
        };
        let on_error = {
            let heard = heard.clone();
            Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
                // The page says so itself; the browser need not say it again.
                event.prevent_default();
                heard.emit(Reply::Broken { why: event.message() });
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            waiting,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    fn say(&self, request: &Request) {
        let bytes = Uint8Array::from(portolan_link::write(request).as_slice());
        match self.waiting.borrow_mut().as_mut() {
            Some(waiting) => waiting.push(bytes),
            None => post(&self.worker, &bytes),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

fn post(worker: &Worker, bytes: &Uint8Array) {
    // Only values that cannot be copied are refused, and bytes always can.
    let _said = worker.post_message(bytes);
}

/// A reply is bytes. The script that loads the engine has no codec: what it says is a text, and why nothing works.
fn read(data: JsValue) -> Reply {
    match data.dyn_into::<Uint8Array>() {
        Ok(bytes) => portolan_link::read(&bytes.to_vec()).unwrap_or_else(|| Reply::Broken {
            why: GARBLED.to_owned(),
        }),
        Err(text) => Reply::Broken {
            why: text.as_string().unwrap_or_default(),
        },
    }
}

/// Fetches the recorded session.
///
/// # Errors
/// When it cannot be had or read; the text is for whoever looks for the cause.
pub async fn fetch_recording() -> Result<Recording, String> {
    let window = web_sys::window().ok_or("no window")?;
    let bytes = async {
        let response = wasm_bindgen_futures::JsFuture::from(window.fetch_with_str(RECORDING)).await?;
        let response: web_sys::Response = response.dyn_into()?;
        if !response.ok() {
            return Err(JsValue::from_str(&response.status_text()));
        }
        let buffer = wasm_bindgen_futures::JsFuture::from(response.array_buffer()?).await?;
        Ok(Uint8Array::new(&buffer).to_vec())
    };
    let bytes = bytes.await.map_err(|error| format!("{error:?}"))?;
    portolan_link::read(&bytes).ok_or_else(|| GARBLED.to_owned())
}
