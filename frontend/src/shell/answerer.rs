//! Whoever answers about a simulation's log: the engine in its worker, or a recorded session in the page.

use std::rc::Rc;

use js_sys::Uint8Array;
use portolan_link::{GARBLED, Recording, Reply, Request};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;
use yew::Callback;

use super::hand::{Hand, Heard};

/// The recorded session that ships with the page.
const RECORDING: &str = "first-file.recording";

/// Takes requests; replies come by the callback, later.
pub struct Answerer {
    heard: Callback<Reply>,
    who: Who,
}

enum Who {
    Nobody,
    Engine(Hand),
    Recording(Rc<Recording>),
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
        let heard = self.heard.reform(|said: Heard| {
            let garbled = || GARBLED.to_owned();
            said.and_then(|bytes| portolan_link::read(&bytes).ok_or_else(garbled))
                .unwrap_or_else(|why| Reply::Broken { why })
        });
        self.who = match Hand::start("engine-start.js", heard) {
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
            Who::Engine(engine) => engine.say(Uint8Array::from(portolan_link::write(request).as_slice()).into()),
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
