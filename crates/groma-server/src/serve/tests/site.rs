//! A running server with its own folder, and tokens for it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use groma_ir::Model;

use super::client::Call;
use crate::auth::dev::{DevIssuer, TokenRequest};
use crate::settings::{AuthSettings, Environment, Keys, Settings};
use crate::{Running, Server};

pub(super) struct Site {
    pub(super) addr: SocketAddr,
    pub(super) folder: PathBuf,
    running: Option<Running>,
    settings: Settings,
}

impl Site {
    pub(super) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// The sample's tasks service in development, with other settings.
    pub(super) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::of(groma_ir::sample::tasks(), change).await
    }

    pub(super) async fn of(model: Model, change: impl FnOnce(&mut Settings)) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "groma-serve-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let mut settings = Settings::resolve(&model.design, &Environment::default(), &folder).unwrap();
        settings.port = 0;
        change(&mut settings);
        let server = Server {
            model: Arc::new(model),
            openapi: br#"{"openapi":"3.1.0"}"#.to_vec(),
            settings: settings.clone(),
        };
        let running = server.start().await.unwrap();
        Self {
            addr: running.addr(),
            folder,
            running: Some(running),
            settings,
        }
    }

    pub(super) fn token(&self, subject: &str, roles: &[&str]) -> String {
        let auth = self.settings.auth.as_ref().unwrap();
        let Keys::Development(folder) = &auth.keys else {
            panic!("not the development issuer")
        };
        let mut request = auth.token_request(subject);
        request.roles = roles.iter().map(|role| (*role).to_owned()).collect();
        DevIssuer::open(folder).unwrap().mint(&request).unwrap()
    }

    pub(super) fn token_request(&self, subject: &str) -> TokenRequest {
        self.settings.auth.as_ref().unwrap().token_request(subject)
    }

    /// Who it believes.
    pub(super) fn auth(&self) -> Option<&AuthSettings> {
        self.settings.auth.as_ref()
    }

    pub(super) fn call(&self, method: &str, path: &str) -> Call {
        Call::new(self.addr, method, path)
    }

    /// A call by an ordinary user, `ann`.
    pub(super) fn ann(&self, method: &str, path: &str) -> Call {
        self.call(method, path).token(&self.token("ann", &[]))
    }

    pub(super) async fn until_signal(mut self) {
        self.running.take().unwrap().until_signal().await;
    }

    pub(super) async fn stop(&mut self) {
        self.running.take().unwrap().stop().await;
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
