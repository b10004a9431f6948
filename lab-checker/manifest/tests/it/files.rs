//! Files and folders as people have them: binary, huge, of other encodings, missing.

use std::fs::{self, File};
use std::path::PathBuf;

use manifest::files::{LoadError, MAX_FILE_BYTES, load};
use tempfile::TempDir;

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n";

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn error(path: PathBuf) -> LoadError {
    load(&[path]).unwrap_err()
}

#[test]
fn a_folder_is_read_with_its_subfolders_in_the_order_of_names() {
    let named = |name: &str| NAMESPACE.replace("{name: a}", &format!("{{name: {name}}}"));
    let folder = folder(&[
        ("b.yml", named("b").as_bytes()),
        ("a/z.yaml", named("z").as_bytes()),
        ("c.json", br#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "c"}}"#),
        ("README.md", b"# not a manifest"),
        ("a/binary.bin", &[0, 159, 146, 150]),
    ]);
    let parsed = load(&[folder.path().to_owned()]).unwrap();
    let names: Vec<_> =
        parsed.into_values().iter().map(|value| value["metadata"]["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["z", "b", "c"]);
}

#[test]
fn a_huge_file_is_refused_without_reading_it() {
    let folder = folder(&[]);
    let path = folder.path().join("huge.yaml");
    File::create(&path).unwrap().set_len(100 * 1024 * 1024 * 1024).unwrap();
    let error = error(path);
    assert!(matches!(error, LoadError::TooLarge { .. }));
    let limit = MAX_FILE_BYTES >> 20;
    assert!(error.to_string().contains(&format!("huge.yaml is larger than {limit} MiB")), "{error}");
}

#[test]
fn binary_garbage_is_told_from_text() {
    let folder =
        folder(&[("a.yaml", &[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0xff, 0xfe, 0x80]), ("b.yaml", b"\0\0\0\0abc")]);
    assert!(error(folder.path().join("a.yaml")).to_string().contains("a.yaml is not a text: byte 8 is not UTF-8"));
    let parsed = load(&[folder.path().join("b.yaml")]).unwrap();
    assert!(parsed.has_errors() && parsed.objects.is_empty());
}

#[test]
fn utf_16_as_powershell_writes_it_is_read() {
    let bytes: Vec<u8> = [0xFF, 0xFE].into_iter().chain(NAMESPACE.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let folder = folder(&[("a.yaml", &bytes)]);
    assert_eq!(load(&[folder.path().join("a.yaml")]).unwrap().objects.len(), 1);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_read() {
    let text = format!("\u{feff}{}", NAMESPACE.replace('\n', "\r\n"));
    let folder = folder(&[("a.yaml", text.as_bytes())]);
    let parsed = load(&[folder.path().join("a.yaml")]).unwrap();
    assert_eq!((parsed.objects.len(), parsed.diagnostics.len()), (1, 0));
}

#[test]
fn what_is_not_there_is_named() {
    let folder = folder(&[]);
    let error_text = error(folder.path().join("nosuch.yaml")).to_string();
    assert!(error_text.starts_with("cannot read ") && error_text.ends_with("nosuch.yaml"), "{error_text}");
    assert!(error(folder.path().to_owned()).to_string().ends_with("holds no .yaml, .yml or .json file"));
}

#[test]
fn problems_of_all_files_are_reported_together() {
    let folder =
        folder(&[("a.yaml", b"kind: [\n"), ("b.yaml", b"apiVersion: v1\nkind: Namespace\nmetadata: {name: A}\n")]);
    let parsed = load(&[folder.path().to_owned()]).unwrap();
    let files: Vec<_> = parsed.diagnostics.iter().map(|found| found.file.rsplit('/').next().unwrap()).collect();
    assert_eq!(files, ["a.yaml", "b.yaml"]);
}

#[test]
fn a_file_without_objects_is_a_warning() {
    let folder = folder(&[("a.yaml", b"# nothing yet\n---\n")]);
    let parsed = load(&[folder.path().join("a.yaml")]).unwrap();
    assert!(!parsed.has_errors());
    assert_eq!(parsed.diagnostics[0].message, "there is no Kubernetes object in this file");
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: x}\nspec: {containers: [{name: c, image: i}]}\n";

#[test]
fn of_a_folder_what_holds_no_object_is_skipped_and_named() {
    let folder = folder(&[
        ("app.yaml", POD.as_bytes()),
        ("kustomization.yaml", b"resources: [app.yaml]\npatches: [{path: ./patch.yaml}]\n"),
        (
            "patch.yaml",
            b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, imagePullPolicy: X}]}\n",
        ),
        ("values.yaml", b"replicas: 2\n"),
        ("Chart.yaml", b"apiVersion: v2\nname: chart\nversion: 1.0.0\n"),
        ("workflow.yml", b"name: ci\non: push\njobs: {}\n"),
        ("dashboard.json", b"{\"title\": \"d\", \"panels\": []}"),
        ("json-patch.yaml", b"- op: remove\n  path: /spec\n"),
        ("empty.yaml", b"# nothing\n"),
    ]);
    let parsed = load(&[folder.path().to_owned()]).unwrap();
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    assert_eq!((parsed.objects.len(), parsed.skipped.len()), (1, 8), "{:?}", parsed.skipped);
    let named = load(&[folder.path().join("values.yaml")]).unwrap();
    assert!(named.has_errors(), "somebody has named it");
}

#[test]
fn a_template_is_called_one() {
    for text in [
        "{{- if .Values.np }}\nkind: NetworkPolicy\n{{- end }}\n",
        "kind: Pod\nmetadata:\n  name: {{ include \"x\" . }}\n",
    ] {
        let folder = folder(&[("t.yaml", text.as_bytes()), ("pod.yaml", POD.as_bytes())]);
        let parsed = load(&[folder.path().to_owned()]).unwrap();
        assert_eq!((parsed.diagnostics.len(), parsed.objects.len()), (1, 1), "{:?}", parsed.diagnostics);
        assert!(parsed.diagnostics[0].message.contains("Helm template"), "{:?}", parsed.diagnostics);
        assert!(parsed.diagnostics[0].help.as_ref().unwrap().contains("helm template CHART | lab-checker"));
    }
    let quoted = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  rule: 'value {{ $value }}'\n";
    let folder = folder(&[("c.yaml", quoted.as_bytes())]);
    assert_eq!(load(&[folder.path().to_owned()]).unwrap().diagnostics, []);
}

#[test]
fn one_object_in_two_files_is_warned_of_where_they_differ() {
    let other = POD.replace("image: i", "image: j");
    let differ = folder(&[("a.yaml", POD.as_bytes()), ("b.yaml", other.as_bytes())]);
    let parsed = load(&[differ.path().to_owned()]).unwrap();
    assert!(!parsed.has_errors());
    let [warning] = parsed.diagnostics.as_slice() else { panic!("{:?}", parsed.diagnostics) };
    assert!(warning.message.starts_with("this Pod x/a replaces the one at "), "{warning:?}");
    assert!(
        warning.message.contains("a.yaml:3") && warning.file.ends_with("b.yaml") && warning.line == 3,
        "{warning:?}"
    );
    let same = folder(&[("a.yaml", POD.as_bytes()), ("b.yaml", POD.as_bytes())]);
    assert_eq!(load(&[same.path().to_owned()]).unwrap().diagnostics, []);
}

#[test]
fn a_file_that_is_no_text_is_an_error_of_that_file_alone() {
    let folder = folder(&[("a.yaml", POD.as_bytes()), ("b.yaml", b"\x80\x81")]);
    let parsed = load(&[folder.path().to_owned()]).unwrap();
    assert!(parsed.has_errors() && parsed.diagnostics[0].file.ends_with("b.yaml"), "{:?}", parsed.diagnostics);
    assert_eq!(parsed.objects.len(), 1);
}
