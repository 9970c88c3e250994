//! Cascade layers (CSS Cascading and Inheritance 5 section 6.4).
//!
//! A later layer wins over an earlier one, and what is in no layer wins over all. For `!important` it is the other way
//! round. A layer within a layer counts as the one around it.

use cssparser::{Parser, Token};

/// Layers of a page that are known. The rules of more are taken for those of the last.
const MAX_LAYERS: usize = 64;

/// The layer of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Layer {
    #[default]
    None,
    At(u16),
}

impl Layer {
    /// Its place in the cascade, from the weakest.
    pub(super) fn rank(self, important: bool) -> u16 {
        match self {
            Self::None if important => 0,
            Self::None => u16::MAX,
            Self::At(at) if important => u16::MAX - at,
            Self::At(at) => at,
        }
    }
}

/// The layers of a page, in the order in which they are first named.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// `None` is a layer without a name, which is always a new one.
    names: Vec<Option<Box<str>>>,
    current: Layer,
}

impl Layers {
    pub(super) fn current(&self) -> Layer {
        self.current
    }

    /// `@layer a, b;`
    pub(super) fn declare(&mut self, names: &[Box<str>]) {
        if self.current == Layer::None {
            for name in names {
                self.named(Some(name));
            }
        }
    }

    /// The block of a layer begins.
    pub(super) fn enter(&mut self, name: Option<&str>) {
        if self.current == Layer::None {
            self.current = self.named(name);
        }
    }

    /// A block ends.
    pub(super) fn leave_to(&mut self, around: Layer) {
        self.current = around;
    }

    fn named(&mut self, name: Option<&str>) -> Layer {
        let known = name.and_then(|name| self.names.iter().position(|known| known.as_deref() == Some(name)));
        let at = known.unwrap_or_else(|| {
            if self.names.len() < MAX_LAYERS {
                self.names.push(name.map(Into::into));
            }
            self.names.len() - 1
        });
        u16::try_from(at).map_or(Layer::None, Layer::At)
    }
}

/// Reads the names of layers, of each the part before the first dot.
pub(super) fn names(input: &mut Parser<'_>) -> Vec<Box<str>> {
    let mut names: Vec<Box<str>> = Vec::new();
    let mut begins = true;
    while names.len() < MAX_LAYERS
        && let Ok(token) = input.next()
    {
        match token {
            Token::Ident(name) if begins => {
                names.push(name.as_ref().into());
                begins = false;
            }
            Token::Comma => begins = true,
            _ => {}
        }
    }
    names
}
