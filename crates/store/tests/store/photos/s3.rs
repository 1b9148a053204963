//! Photos in S3, against a real server.

use super::suite::{Place, cases};
use super::{DAY, picture};
use bowei_store::StoreError;
use bowei_store::photos::{PhotoStore, S3Options, S3Photos};
use bowei_test_servers::S3;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// No put and no get may take longer: a lot is answered within ten seconds.
const ANSWER_MAX: Duration = Duration::from_secs(9);

struct Bucket(S3Options);

impl Place for Bucket {
    fn fresh() -> Self {
        let s3 = S3::shared();
        Self(options(s3, &format!("{}/city/photos", s3.create_bucket())))
    }

    async fn open(&self) -> Arc<dyn PhotoStore> {
        Arc::new(S3Photos::open(&self.0).await.unwrap())
    }
}

cases!(Bucket);

fn options(s3: &S3, place: &str) -> S3Options {
    S3Options {
        url: format!("s3://{place}"),
        endpoint: Some(s3.endpoint()),
        path_style: true,
        access_key: Some(s3.access_key().to_owned()),
        secret_key: Some(s3.secret_key().to_owned()),
        ..S3Options::default()
    }
}

fn why<T>(answer: Result<T, StoreError>) -> String {
    match answer {
        Err(StoreError::Unavailable(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it went well"),
    }
}

#[tokio::test]
async fn prefixes_of_a_bucket_are_apart() {
    let s3 = S3::shared();
    let bucket = s3.create_bucket();
    let [whole, city, other] =
        ["", "/city", "/city-2/photos"].map(|prefix| options(s3, &format!("{bucket}{prefix}")));
    let city = S3Photos::open(&city).await.unwrap();
    city.put(DAY, vec![picture(1, 10)]).await.unwrap();
    let other = S3Photos::open(&other).await.unwrap();
    other.put(DAY + 1, vec![picture(2, 10)]).await.unwrap();
    let whole = S3Photos::open(&whole).await.unwrap();
    assert_eq!(whole.days().await.unwrap(), Vec::<u32>::new());
    whole.put(DAY + 2, vec![picture(3, 10)]).await.unwrap();
    assert_eq!(whole.days().await.unwrap(), [DAY + 2]);
    assert_eq!(city.days().await.unwrap(), [DAY]);
    assert_eq!(other.days().await.unwrap(), [DAY + 1]);
    // Where they stand is what other tools rely on.
    let digest = picture(1, 10).sha256;
    assert!(s3.folder_of(&bucket).join(format!("city/20260401/{digest}")).is_file());
}

#[tokio::test]
async fn what_is_none_of_ours_is_not_listed() {
    let s3 = S3::shared();
    let bucket = s3.create_bucket();
    let photos = S3Photos::open(&options(s3, &bucket)).await.unwrap();
    photos.put(DAY, vec![picture(1, 10)]).await.unwrap();
    let folder = s3.folder_of(&bucket);
    std::fs::create_dir(folder.join("thumbnails")).unwrap();
    for foreign in ["thumbnails/one", "20260401/README.txt", "20260402"] {
        std::fs::write(folder.join(foreign), "none of ours").unwrap();
    }
    assert_eq!(photos.days().await.unwrap(), [DAY]);
    assert_eq!(photos.digests(DAY, None, 10).await.unwrap(), [picture(1, 10).sha256]);
}

#[tokio::test]
async fn while_the_server_is_away_it_is_said_in_time_and_afterwards_all_is_well() {
    let s3 = S3::start().unwrap();
    let options = options(&s3, "photos/city");
    let photos = S3Photos::open(&options).await.unwrap();
    let [before, during] = [picture(1, 1_000), picture(2, 1_000)];
    photos.put(DAY, vec![before.clone()]).await.unwrap();
    s3.stop();
    let begun = Instant::now();
    let (put, get, days, open) = tokio::join!(
        photos.put(DAY, vec![during.clone()]),
        photos.get(DAY, &before.sha256),
        photos.days(),
        S3Photos::open(&options),
    );
    for why in [why(put), why(get), why(days), why(open)] {
        assert!(why.contains("s3://photos/city at http://127.0.0.1:") && why.contains("endpoint"), "{why}");
    }
    assert!(begun.elapsed() < ANSWER_MAX, "{:?}", begun.elapsed());
    s3.start_again();
    assert_eq!(photos.get(DAY, &before.sha256).await.unwrap(), Some(before.bytes));
    assert_eq!(photos.get(DAY, &during.sha256).await.unwrap(), None);
    photos.put(DAY, vec![during.clone()]).await.unwrap();
    assert_eq!(photos.get(DAY, &during.sha256).await.unwrap(), Some(during.bytes));
}

#[tokio::test]
async fn a_server_that_only_listens_is_not_waited_for_for_ever() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = options(S3::shared(), "photos");
    options.endpoint = Some(format!("http://{}", silent.local_addr().unwrap()));
    let photos = S3Photos::at(&options).unwrap();
    let begun = Instant::now();
    why(photos.put(DAY, vec![picture(1, 10)]).await);
    assert!(begun.elapsed() < ANSWER_MAX, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_picture_spoilt_on_its_way_is_not_answered_for() {
    let s3 = S3::shared();
    let mut options = options(s3, &s3.create_bucket());
    let server = s3.endpoint().strip_prefix("http://").unwrap().parse().unwrap();
    options.endpoint = Some(format!("http://{}", spoiling(server).await));
    let photos = S3Photos::open(&options).await.unwrap();
    let mut marked = picture(1, 1_000);
    marked.bytes = [b"spoil me".as_slice(), &marked.bytes].concat().into();
    why(photos.put(DAY, vec![marked]).await);
    photos.put(DAY, vec![picture(2, 1_000)]).await.unwrap();
}

/// A way to the server on which what says "spoil me" comes to harm.
async fn spoiling(server: SocketAddr) -> SocketAddr {
    let way = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = way.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = way.accept().await {
            tokio::spawn(async move {
                let upstream = TcpStream::connect(server).await.unwrap();
                let (mut from, mut back) = client.into_split();
                let (mut answers, mut to) = upstream.into_split();
                let answered = tokio::spawn(async move { tokio::io::copy(&mut answers, &mut back).await });
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(read @ 1..) = from.read(&mut buffer).await {
                    if let Some(at) = buffer[..read].windows(8).position(|bytes| bytes == b"spoil me") {
                        buffer[at] ^= 1;
                    }
                    to.write_all(&buffer[..read]).await.unwrap();
                }
                drop(to);
                let _ = answered.await;
            });
        }
    });
    address
}

#[tokio::test]
async fn a_start_that_cannot_go_well_says_what_to_do() {
    let s3 = S3::shared();
    let good = || options(s3, "photos");
    let mut wrong = good();
    wrong.secret_key = Some("another".to_owned());
    let said = why(S3Photos::open(&wrong).await);
    assert!(said.contains("secret_key") && said.contains("SignatureDoesNotMatch"), "{said}");
    assert!(!said.contains("another"), "{said}");

    let said = why(S3Photos::open(&options(s3, "nowhere/photos")).await);
    assert!(said.contains("make the bucket") && said.contains("s3://nowhere/photos"), "{said}");

    type Spoil = fn(&mut S3Options);
    let cases: [(&str, Spoil); 6] = [
        ("url", |options| options.url = "photos".to_owned()),
        ("url", |options| options.url = "s3:///photos".to_owned()),
        ("url", |options| options.url = "s3://photos/a//b".to_owned()),
        ("endpoint", |options| options.endpoint = Some("10.0.0.5:9000".to_owned())),
        ("secret_key", |options| options.secret_key = None),
        ("access_key", |options| options.access_key = None),
    ];
    for (name, spoil) in cases {
        let mut options = good();
        spoil(&mut options);
        let said = why(S3Photos::at(&options));
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[test]
fn options_are_shown_without_the_secret() {
    let s3 = S3::shared();
    let shown = format!("{:?}", options(s3, "photos"));
    assert!(shown.contains("s3://photos") && !shown.contains(s3.secret_key()), "{shown}");
}
