//! How the page looks, whatever is run.

use super::{Effect, Msg, Tab, Theme};

/// What changes nothing but how the page looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// What the pointer is over.
    pub hint: Option<u64>,
    /// Which pane is seen where there is room for one.
    pub tab: Tab,
    /// The colours.
    pub theme: Theme,
    /// Whether single letters are keys.
    pub keys: bool,
    /// Whether a drawer is out.
    pub drawer: Option<Drawer>,
}

/// What lies over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawer {
    /// Seed, latency and the like.
    Settings,
    /// Statements one often hears.
    Myths,
}

impl Look {
    /// Follows what the user chose; other messages are none of its business.
    pub fn choose(&mut self, msg: &Msg) -> Vec<Effect> {
        match *msg {
            Msg::Hint(hint) => self.hint = hint,
            Msg::Tab(tab) => self.tab = tab,
            Msg::Drawer(drawer) => self.drawer = drawer,
            Msg::Theme(theme) => {
                self.theme = theme;
                return vec![Effect::Keep];
            }
            Msg::Keys(keys) => {
                self.keys = keys;
                return vec![Effect::Keep];
            }
            _ => {}
        }
        Vec::new()
    }
}

impl Default for Look {
    fn default() -> Self {
        Self {
            hint: None,
            tab: Tab::default(),
            theme: Theme::default(),
            keys: true,
            drawer: None,
        }
    }
}
