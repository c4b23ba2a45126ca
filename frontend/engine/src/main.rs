//! The engine: runs scenarios on the simulated network, in a web worker, and answers the page's questions about them.
//!
//! One run at a time. It goes on in slices, so that a new wish of the page's is heard in the middle of a long one.

mod engine;

use std::cell::RefCell;

use engine::{Engine, Next};
use portolan_link::{Request, Response};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

thread_local! {
    static ENGINE: RefCell<Engine> = RefCell::new(Engine::new());
}

fn main() {
    let Some(worker) = worker() else { return };
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(|message: MessageEvent| {
        let Some(text) = message.data().as_string() else { return };
        let Ok(request) = serde_json::from_str::<Request>(&text) else {
            return;
        };
        go_on(|engine| engine.hear(request));
    });
    worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
    tell(&[Response::Ready {
        catalogue: engine::catalogue(),
    }]);
}

/// Lets the engine do something, tells the page what came of it, and comes back if there is more to do.
fn go_on(act: impl FnOnce(&mut Engine) -> (Vec<Response>, Next)) {
    let (responses, next) = ENGINE.with_borrow_mut(act);
    tell(&responses);
    if next == Next::Slice {
        let slice = Closure::once_into_js(|| go_on(Engine::slice));
        if let Some(worker) = worker() {
            let _ = worker.set_timeout_with_callback(slice.unchecked_ref());
        }
    }
}

fn tell(responses: &[Response]) {
    let Some(worker) = worker() else { return };
    for response in responses {
        if let Ok(text) = serde_json::to_string(response) {
            let _ = worker.post_message(&JsValue::from_str(&text));
        }
    }
}

fn worker() -> Option<DedicatedWorkerGlobalScope> {
    js_sys::global().dyn_into().ok()
}
