mod templates;
mod workspaces;
