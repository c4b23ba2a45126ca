//! What the page and its engine say to each other, and how a session log answers.
