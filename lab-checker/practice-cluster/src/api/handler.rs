//! One request: which cluster, which path, which verb.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, Method, StatusCode};

use crate::api::discovery;
use crate::api::exec;
use crate::api::http::negotiation::{self, Wanted};
use crate::api::http::path::{self, ApiPath, ObjectPath};
use crate::api::http::query::Query;
use crate::api::http::{absent, body, respond};
use crate::api::openapi;
use crate::api::server_info;
use crate::api::verbs;
use crate::api::verbs::call::{Answer, Call, Context};
use crate::api::verbs::read::Found;
use crate::api::versions;
use crate::api::worlds::{self, Begins};
use crate::clusters::cluster::Cluster;
use crate::clusters::practice_clusters::{Entered, PracticeClusters};
use crate::clusters::standing::Seat;
use crate::resource::Subresource;
use crate::status::Status;
use crate::store::cluster_id::ClusterId;
use crate::store::defined::{self, Defined};

/// Serves one request of one cluster, which its path names.
pub(crate) async fn serve(State(clusters): State<PracticeClusters>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches("/clusters/");
    let id = path.split('/').next().and_then(ClusterId::parse);
    let Some(id) = id else { return Status::no_such_cluster().into_response() };
    match route(&clusters, &id, &format!("/clusters/{id}"), request).await {
        Ok(response) => response,
        Err(status) => status.into_response(),
    }
}

/// Serves one request of the only cluster of a server.
pub(crate) async fn serve_alone(
    State((clusters, id)): State<(PracticeClusters, ClusterId)>,
    request: Request,
) -> Response {
    match route(&clusters, &id, "", request).await {
        Ok(response) => response,
        Err(status) => status.into_response(),
    }
}

async fn route(
    clusters: &PracticeClusters,
    id: &ClusterId,
    prefix: &str,
    request: Request,
) -> Result<Response, Status> {
    let entered = clusters.enter(id, bearer(request.headers())).await.map_err(|error| {
        tracing::error!(cluster = id.in_logs(), %error, "a practice cluster could not be loaded");
        Status::unavailable()
    })?;
    let (gate, mut behind) = match entered {
        Entered::In { gate, cluster, seat } => (gate, (cluster, seat)),
        Entered::NoSuchGate => return Err(Status::no_such_cluster()),
        Entered::WrongToken => return Err(Status::unauthorized()),
    };
    let mut rest = request.uri().path().strip_prefix(prefix).unwrap_or_default().to_owned();
    match worlds::parse(&rest) {
        None => {}
        Some(worlds::Asked::All) => return worlds::overview(&gate).await,
        Some(worlds::Asked::Start(world)) => return worlds::step(&gate, world, Begins::IfNew, request).await,
        Some(worlds::Asked::Reset(world)) => return worlds::step(&gate, world, Begins::Anew, request).await,
        Some(worlds::Asked::Look(world, path)) => {
            if request.method() != Method::GET {
                return Err(Status::method_not_allowed());
            }
            behind = worlds::look(&gate, &world).await?;
            rest = path.to_owned();
        }
    }
    let (cluster, seat) = behind;
    let seat = seat.admitted_by(request.extensions().get().cloned());
    answer((cluster, seat), &rest, request).await
}

/// Answers a request to one cluster; `path` begins behind the cluster's name.
pub(crate) async fn answer(behind: (Arc<Cluster>, Seat), path: &str, request: Request) -> Result<Response, Status> {
    let query = Query::parse(request.uri().query().unwrap_or_default())?;
    let state = behind.0.state();
    match path::parse(path, state.own_kinds()).ok_or_else(|| absent::status(path))? {
        ApiPath::Object(path) => {
            // A request may take long, and keeps no old state meanwhile.
            drop(state);
            object(behind, *path, query, request).await
        }
        other => {
            let turn = behind.0.quota().turn().await;
            let response = about(&other, &query, &request, &defined::all(&state));
            turn.end().await;
            response
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

/// The paths that tell what there is: the same for every cluster, but for the kinds that it has defined.
fn about(path: &ApiPath, query: &Query, request: &Request, defined: &[Defined<'_>]) -> Result<Response, Status> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Status::method_not_allowed());
    }
    let headers = request.headers();
    Ok(match path {
        ApiPath::Root => server_info::paths(negotiation::wanted(headers, query.get("pretty"))?),
        ApiPath::Version => server_info::version(),
        ApiPath::Health(check) => server_info::health(check, query.get("verbose").is_some()),
        ApiPath::Core | ApiPath::Groups if negotiation::wants_aggregated_discovery(headers) => {
            discovery::aggregated(*path == ApiPath::Core, headers, defined)
        }
        ApiPath::Core => discovery::core_versions(request),
        ApiPath::Groups => discovery::groups(request, defined),
        ApiPath::Group(group) => discovery::group(group, request, defined)?,
        ApiPath::GroupVersion { group, version } => discovery::resources(group, version, request, defined)?,
        ApiPath::OpenApiV2 => openapi::old_version(),
        ApiPath::OpenApi => openapi::index(request),
        ApiPath::OpenApiDocument(document) => openapi::document(document, headers)?,
        ApiPath::Object(_) => return Err(Status::no_such_path()),
    })
}

async fn object(
    (cluster, seat): (Arc<Cluster>, Seat),
    path: ObjectPath,
    query: Query,
    request: Request,
) -> Result<Response, Status> {
    if matches!(
        path.subresource,
        Some(Subresource::Exec | Subresource::Attach | Subresource::Log | Subresource::PortForward)
    ) {
        return Ok(exec::handle(cluster, seat, path, request).await);
    }
    let wanted = negotiation::wanted(request.headers(), query.get("pretty"))?;
    let (parts, body) = request.into_parts();
    let mut bytes = body::read(body, cluster.settings().limits.body).await?;
    let mut media_type = body::media_type(&parts.headers);
    let whole = matches!(parts.method, Method::POST | Method::PUT) || media_type.starts_with("application/apply-patch");
    if path.spoken.is_some() && whole {
        let sent = body::object(&media_type, &bytes)?;
        bytes = versions::newer(sent, &path.resource).to_string().into();
        if parts.method != Method::PATCH {
            media_type = "application/json".to_owned();
        }
    }
    let turn = cluster.quota().turn().await;
    let context = Context {
        field_manager: field_manager(&query, &parts.headers),
        media_type,
        wanted,
        query,
        path,
        floor: cluster.floor(),
    };
    let response = called(&parts.method, Call { cluster, seat, context, bytes }).await;
    turn.end().await;
    response
}

async fn called(method: &Method, call: Call) -> Result<Response, Status> {
    let wanted = call.context.wanted;
    let answer = match *method {
        Method::GET | Method::HEAD if call.is_watch() => return verbs::watch::stream(call),
        Method::GET | Method::HEAD => {
            let room = |size| call.cluster.quota().answer_slot(size);
            return match verbs::read::get(&call)? {
                Found::Answer(answer) => respond::read(&answer.value, wanted, &answer.warnings, room),
                Found::List(list, warnings) => respond::read(&list, wanted, &warnings, room),
            };
        }
        Method::POST => verbs::create::post(call).await?,
        Method::PUT => verbs::update::put(call).await?,
        Method::PATCH => verbs::patch::patch(call).await?,
        Method::DELETE => verbs::delete::delete(call).await?,
        _ => return Err(Status::method_not_allowed()),
    };
    Ok(respond(answer))
}

fn respond(answer: Answer) -> Response {
    let wanted: Wanted = answer.wanted;
    let code = StatusCode::from_u16(answer.code).unwrap_or(StatusCode::OK);
    respond::object(code, &answer.value, wanted, &answer.warnings)
}

/// Who writes: the query's word, else the client's name.
fn field_manager(query: &Query, headers: &HeaderMap) -> String {
    if let Some(manager) = query.text("fieldManager") {
        return manager.to_owned();
    }
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("unknown");
    agent.split('/').next().unwrap_or("unknown").to_owned()
}
