//! Portolan's page: it draws what a session log says, and knows nothing else.
//!
//! * `state`: what the user chose and what the engine told, and the one reducer.
//! * `shell`: the outside: the engine's worker, the address bar, storage, timers.
//! * `app`: the component that holds the state; all others are properties in, HTML and callbacks out.
//! * `first`: the first screen, before anything was run.
//! * `chart`, `panes`: the pictures. `geometry`: where things stand in them, as plain numbers.
//! * `shapes`: what pictures are made of.
//! * `words`: every word of the page.

mod app;
mod chart;
mod first;
mod geometry;
mod panes;
mod shapes;
mod shared;
mod shell;
mod state;
#[cfg(test)]
mod tokens;
mod words;

#[cfg(target_family = "wasm")]
#[global_allocator]
static MEMORY: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn main() {
    let place = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("page"));
    if let Some(place) = place {
        // The page takes the place of the first screen that was painted without it.
        place.set_inner_html("");
        yew::Renderer::<app::App>::with_root(place).render();
    }
}
