//! Whoever answers about a log: the engine in its worker, or a recorded session in the page.

use std::cell::RefCell;
use std::rc::Rc;

use portolan_link::{Book, Reply, Request};
use portolan_session::jsonl;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions};
use yew::Callback;

/// The recorded session that ships with the page.
const RECORDING: &str = "first-file.jsonl";

/// Takes requests; replies come by the callback, later.
pub struct Answerer {
    heard: Callback<Reply>,
    who: Who,
}

enum Who {
    Nobody,
    Engine(Engine),
    Recording(Rc<Book>),
}

struct Engine {
    worker: Worker,
    /// What was said before the engine could hear.
    waiting: Rc<RefCell<Option<Vec<String>>>>,
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
    pub fn play(&mut self, recording: &Rc<Book>, run: u32) {
        self.who = Who::Recording(Rc::clone(recording));
        self.heard.emit(Reply::Opened {
            run,
            overview: recording.overview(),
        });
    }

    /// Says something to whoever answers.
    pub fn say(&self, request: &Request) {
        match &self.who {
            Who::Nobody => {}
            Who::Engine(engine) => engine.say(request),
            Who::Recording(book) => {
                if let Request::Ask { run, question } = request {
                    self.heard.emit(Reply::Told {
                        run: *run,
                        answer: book.answer(question),
                    });
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
        let waiting = Rc::new(RefCell::new(Some(Vec::<String>::new())));
        let on_message = {
            let (heard, waiting, worker) = (heard.clone(), Rc::clone(&waiting), worker.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let text = event.data().as_string().unwrap_or_default();
                let reply =
                    serde_json::from_str(&text).unwrap_or_else(|error| Reply::Broken { why: error.to_string() });
                if reply == Reply::Ready {
                    for text in waiting.borrow_mut().take().unwrap_or_default() {
                        post(&worker, &text);
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
        let Ok(text) = serde_json::to_string(request) else {
            return;
        };
        match self.waiting.borrow_mut().as_mut() {
            Some(waiting) => waiting.push(text),
            None => post(&self.worker, &text),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

fn post(worker: &Worker, text: &str) {
    // Only values that cannot be copied are refused, and a text always can.
    let _said = worker.post_message(&JsValue::from_str(text));
}

/// Fetches the recorded session.
///
/// # Errors
/// When it cannot be had or read; the text is for whoever looks for the cause.
pub async fn fetch_recording() -> Result<Book, String> {
    let window = web_sys::window().ok_or("no window")?;
    let text = async {
        let response = wasm_bindgen_futures::JsFuture::from(window.fetch_with_str(RECORDING)).await?;
        let response: web_sys::Response = response.dyn_into()?;
        if !response.ok() {
            return Err(JsValue::from_str(&response.status_text()));
        }
        wasm_bindgen_futures::JsFuture::from(response.text()?).await
    };
    let text = text.await.map_err(|error| format!("{error:?}"))?;
    let text = text.as_string().ok_or("the recording is no text")?;
    let log = jsonl::read(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(Book::open(log))
}
