//! Pure drawing and measuring, without knowledge of the model: what panes and dialogs are made of.

pub(crate) mod bar;
pub(crate) mod calendar;
pub(crate) mod editor;
pub(crate) mod excerpt;
pub(crate) mod line;
pub(crate) mod link;
pub(crate) mod styling;
pub(crate) mod text;
