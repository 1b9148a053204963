//! The servers can be had, keep what they were given, and go when they should.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use bowei_test_servers::{Postgres, S3, Stop};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Makes this binary the process that is killed, when set.
const CHILD: &str = "BOWEI_TESTBED_CHILD";

#[test]
fn every_database_is_one_of_its_own() {
    let postgres = Postgres::shared();
    let [first, second] = [postgres.create_database(), postgres.create_database()];
    assert_ne!(first, second);
    postgres.sql(&first, "CREATE TABLE lots (name TEXT); INSERT INTO lots VALUES ('湖州')");
    let copy = postgres.create_database_like(&first);
    assert_eq!(postgres.sql(&copy, "SELECT name FROM lots"), "湖州");
    assert_eq!(postgres.sql(&second, "SELECT count(*) FROM pg_tables WHERE tablename = 'lots'"), "0");
}

#[test]
fn a_stopped_server_keeps_its_databases_and_its_address() {
    let postgres =
        Postgres::options().durable().password("parking").setting("work_mem", "5MB").start().unwrap();
    let url = postgres.create_database();
    postgres.sql(&url, "CREATE TABLE lots AS SELECT 7 AS spaces");
    assert_eq!(postgres.sql(&url, "SELECT current_setting('fsync'), current_setting('work_mem')"), "on|5MB");
    for how in [Stop::Fast, Stop::Immediate] {
        postgres.stop(how);
        assert!(TcpStream::connect(postgres.address()).is_err());
        postgres.start_again();
        TcpStream::connect(postgres.address()).unwrap();
        assert_eq!(postgres.sql(&url, "SELECT spaces FROM lots"), "7");
    }
    postgres.restart();
}

#[test]
fn s3_answers_and_keeps_its_objects() {
    let s3 = S3::start().unwrap();
    let bucket = s3.create_bucket();
    std::fs::write(s3.folder_of(&bucket).join("object"), "kept").unwrap();
    s3.restart();
    let address = s3.endpoint().strip_prefix("http://").unwrap().to_owned();
    let mut connection = TcpStream::connect(address).unwrap();
    let question = format!("GET /{bucket}/object HTTP/1.1\r\nHost: s3\r\nConnection: close\r\n\r\n");
    connection.write_all(question.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    // Whoever does not sign is refused: it does check.
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert_eq!(std::fs::read_to_string(s3.folder_of(&bucket).join("object")).unwrap(), "kept");
    s3.stop();
}

#[test]
fn servers_in_a_network_namespace_are_cut_off_and_asked_all_the_same() {
    let name = format!("test-servers-{}", std::process::id());
    let ip = |words: &[&str]| Command::new("ip").args(words).stderr(Stdio::null()).status();
    if !ip(&["netns", "add", &name]).is_ok_and(|status| status.success()) {
        println!("this machine lets nobody here make a network namespace");
        return;
    }
    ip(&["-n", &name, "link", "set", "lo", "up"]).unwrap();
    let within = ["ip", "netns", "exec", &name];
    let postgres = Postgres::options().within(&within).start().unwrap();
    let s3 = S3::options().within(&within).start().unwrap();
    let url = postgres.create_database();
    assert_eq!(postgres.sql(&url, "SELECT 1"), "1");
    assert!(TcpStream::connect(postgres.address()).is_err());
    assert!(TcpStream::connect(s3.endpoint().strip_prefix("http://").unwrap()).is_err());
    // Signals reach them through the command.
    postgres.restart();
    s3.restart();
    assert_eq!(postgres.sql(&url, "SELECT 1"), "1");
    ip(&["netns", "del", &name]).unwrap();
}

/// Runs as the child of the next test alone.
#[test]
fn holds_servers_until_it_is_killed() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let (postgres, s3) = (Postgres::shared(), S3::shared());
    let folder = postgres.sql("postgres", "SELECT current_setting('unix_socket_directories')");
    println!("ready {folder} {} {}", s3.folder_of("photos").display(), s3.endpoint());
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
fn servers_and_folders_go_with_a_process_that_is_killed() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "holds_servers_until_it_is_killed", "--nocapture"])
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready =
        lines.map(Result::unwrap).find_map(|line| Some(line.split_once("ready ")?.1.to_owned())).unwrap();
    let [folder, bucket, endpoint] = ready.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let postmaster = std::fs::read_to_string(Path::new(folder).join("data/postmaster.pid")).unwrap();
    let postmaster = Path::new("/proc").join(postmaster.lines().next().unwrap());
    assert!(Path::new(bucket).exists() && (postmaster.exists() || !Path::new("/proc/self").exists()));
    child.kill().unwrap();
    child.wait().unwrap();
    let begun = Instant::now();
    let address = endpoint.strip_prefix("http://").unwrap();
    while Path::new(folder).exists()
        || Path::new(bucket).exists()
        || postmaster.exists()
        || TcpStream::connect(address).is_ok()
    {
        assert!(begun.elapsed() < Duration::from_secs(20), "a server or its folder {folder} is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
}
