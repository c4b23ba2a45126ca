//! The engine: runs scenarios on the simulated network, in a web worker, and answers the page's questions about them.
//!
//! A run is done in slices, with the worker's messages in between, so that a newer order takes the place of an older
//! one at once. `portolan_link` has the rules of the conversation.

mod desk;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use portolan_link::{GARBLED, Reply, read, write};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use desk::{Desk, Work};

#[cfg(target_family = "wasm")]
#[global_allocator]
static MEMORY: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn main() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    let worker = Rc::new(Worker {
        scope: scope.clone(),
        desk: RefCell::new(Desk::default()),
    });
    let listening = Rc::clone(&worker);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| listening.hear(&event));
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker listens for as long as it lives.
    on_message.forget();
    worker.say(&Reply::Ready);
}

/// The worker's outside: messages and turns of its event loop.
struct Worker {
    scope: DedicatedWorkerGlobalScope,
    desk: RefCell<Desk>,
}

impl Worker {
    fn hear(self: &Rc<Self>, event: &MessageEvent) {
        let Ok(bytes) = event.data().dyn_into::<Uint8Array>() else {
            return;
        };
        let Some(request) = read(&bytes.to_vec()) else {
            return self.say(&Reply::Broken {
                why: GARBLED.to_owned(),
            });
        };
        let work = self.desk.borrow_mut().take(request);
        self.go_on(work);
    }

    fn go_on(self: &Rc<Self>, work: Work) {
        for reply in &work.replies {
            self.say(reply);
        }
        if !work.more {
            return;
        }
        let worker = Rc::clone(self);
        let turn = Closure::once_into_js(move || {
            let work = worker.desk.borrow_mut().turn();
            worker.go_on(work);
        });
        // A turn of the event loop: what the page has said in the meantime is heard first.
        if self.scope.set_timeout_with_callback(turn.unchecked_ref()).is_err() {
            self.say(&Reply::Broken {
                why: "the browser gives no more turns".to_owned(),
            });
        }
    }

    fn say(&self, reply: &Reply) {
        let bytes = write(reply);
        // A page that is gone hears nothing, and nobody is left to be told.
        let _gone = self.scope.post_message(&Uint8Array::from(bytes.as_slice()));
    }
}
