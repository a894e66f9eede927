//! Where requests and turns spend their time, told to an OpenTelemetry collector on this machine, if there is one.
//!
//! Told are the spans that `web` and `worker` make in their `traces.rs`, and nothing else: no line of the log, no span of
//! a library. They hold words and counts of this program. What had nothing to do isn't told. A collector that is away
//! keeps nobody waiting: what it would have been told is forgotten.

mod collector;

use std::time::Duration;

use anyhow::Context as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{KeyValue, Value};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor,
};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::registry::LookupSpan;

use crate::config;
use collector::Collector;

/// The modules in which every span that is told is made.
pub const SOURCES: [&str; 2] = ["web::traces", "worker::traces"];

/// What was done is told so often, and at the end.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// So long the end waits for the collector.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What is told, until the process ends.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to tell, if the settings name a collector. `process` is `serve` or `worker`. Within a runtime.
    ///
    /// # Errors
    /// A collector that isn't on this machine, or a share that is none.
    pub fn begin(settings: &config::Traces, process: &'static str) -> anyhow::Result<Option<Self>> {
        if settings.collector.is_empty() {
            return Ok(None);
        }
        anyhow::ensure!((0.0..=1.0).contains(&settings.share), "traces.share: a number between 0 and 1");
        let collector = Collector::at(&settings.collector).context("traces.collector")?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(collector.address())
            .with_http_client(collector)
            .build()
            .context("traces.collector")?;
        let batches = BatchConfigBuilder::default().with_scheduled_delay(TELL_EVERY).build();
        let worth_it = WorthIt(BatchSpanProcessor::new(exporter, batches));
        // The worker's turns are few, and each that did something may be the one that is looked for.
        let share = if process == "worker" { 1.0 } else { settings.share };
        let provider = SdkTracerProvider::builder()
            .with_span_processor(worth_it)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share))))
            // Nothing from the environment, which may say what we wouldn't.
            .with_resource(
                Resource::builder_empty()
                    .with_attributes([
                        KeyValue::new("service.namespace", "tadori"),
                        KeyValue::new("service.name", process),
                        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                    ])
                    .build(),
            )
            .build();
        Ok(Some(Self(provider)))
    }

    /// What listens for spans.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("tadori"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_filter(Targets::new().with_targets(SOURCES.map(|source| (source, LevelFilter::INFO))))
    }

    /// Tells the rest. The runtime runs on meanwhile.
    pub fn end(self) {
        let _ = self.0.shutdown_with_timeout(LAST_WORDS);
    }
}

/// Lets through what did something.
#[derive(Debug)]
struct WorthIt(BatchSpanProcessor);

impl SpanProcessor for WorthIt {
    fn on_start(&self, span: &mut Span, context: &opentelemetry::Context) {
        self.0.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        let idle = |own: &KeyValue| own.key.as_str() == "idle" && own.value == Value::Bool(true);
        if !span.attributes.iter().any(idle) {
            self.0.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
