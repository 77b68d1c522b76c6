mod audit;
mod discovery;
mod login;
mod open;
mod site;
mod tokens;
mod users;
