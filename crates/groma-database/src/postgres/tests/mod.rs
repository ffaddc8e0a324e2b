mod connect;
mod secure;
mod url;
