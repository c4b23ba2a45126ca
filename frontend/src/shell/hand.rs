//! A web worker, as the page holds it.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions};
use yew::Callback;

/// What a worker says is bytes. The script that loads it has no codec: what that says is a text, and why nothing works.
pub type Heard = Result<Vec<u8>, String>;

/// A web worker. It ends with this.
pub struct Hand {
    worker: Worker,
    /// What was said before it could hear.
    waiting: Rc<RefCell<Option<Vec<JsValue>>>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Hand {
    /// Starts the worker that a script loads.
    ///
    /// # Errors
    /// When the browser has no workers, or will not start this one.
    pub fn start(script: &str, heard: Callback<Heard>) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_name(script);
        let worker = Worker::new_with_options(script, &options)?;
        let waiting = Rc::new(RefCell::new(Some(Vec::<JsValue>::new())));
        let on_message = {
            let (heard, waiting, worker) = (heard.clone(), Rc::clone(&waiting), worker.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let said = match event.data().dyn_into::<Uint8Array>() {
                    Ok(bytes) => Ok(bytes.to_vec()),
                    Err(text) => Err(text.as_string().unwrap_or_default()),
                };
                // Its first word is that it is there.
                for message in waiting.borrow_mut().take().unwrap_or_default() {
                    post(&worker, &message);
                }
                heard.emit(said);
            })
        };
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            // The page says so itself; the browser need not say it again.
            event.prevent_default();
            heard.emit(Err(event.message()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            waiting,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Says something, or keeps it until the worker can hear.
    pub fn say(&self, message: JsValue) {
        match self.waiting.borrow_mut().as_mut() {
            Some(waiting) => waiting.push(message),
            None => post(&self.worker, &message),
        }
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

fn post(worker: &Worker, message: &JsValue) {
    // Only values that cannot be copied are refused; bytes, texts and files always can.
    let _said = worker.post_message(message);
}
