//! The engine: runs scenarios on the simulated network, in a web worker, and answers the page's questions about them.

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

fn main() {
    let Ok(_worker) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
}
