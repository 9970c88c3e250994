//! One bucket of S3: at its own host name, or by path where an endpoint is set.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;

use super::error::Form;
use super::service::{Answered, Call, Place, Service};
use super::sign::encoded_path;
use super::{Answer, Credentials, Fault, Most};

/// The largest answer where no object is read, in bytes. A list of a thousand versions has half of it.
const MOST: usize = 4 << 20;

/// A bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    service: Service,
    /// The path of the bucket itself: `/`, or `/name/`.
    path: Arc<str>,
}

/// An object.
#[derive(Debug)]
pub struct Object(Answer);

impl Object {
    /// The bytes, as far as they were asked for.
    #[must_use]
    pub fn into_body(self) -> Bytes {
        self.0.body
    }

    /// What its metadata has under this name.
    #[must_use]
    pub fn metadata(&self, name: &str) -> Option<&str> {
        self.0.header(&format!("x-amz-meta-{name}"))
    }
}

impl Bucket {
    /// The bucket of this name. `path` is where it is at the place's origin.
    pub(crate) fn new(place: Place, path: &str) -> Self {
        let service = Service::new("s3", Form::Xml, place);
        let path = encoded_path(path).into();
        Self { service, path }
    }

    fn path(&self, key: &str) -> String {
        format!("{}{}", self.path, encoded_path(key))
    }

    async fn send(&self, method: Method, uri: &str, most: Most) -> Result<Answered, Fault> {
        let call = Call {
            method,
            uri,
            headers: &[],
            body: Bytes::new(),
            most,
        };
        self.service.send(call).await
    }

    /// An object; `None` where there is none of this key.
    ///
    /// # Errors
    /// A [`Fault`], where S3 does not give it.
    pub async fn get(&self, key: &str, most: Most) -> Result<Option<Object>, Fault> {
        let answered = self.send(Method::GET, &self.path(key), most).await?;
        if answered.code() == Some("NoSuchKey") {
            return Ok(None);
        }
        Ok(Some(Object(answered.accepted()?)))
    }

    /// Writes an object, with these headers.
    ///
    /// # Errors
    /// A [`Fault`], where S3 does not take it.
    pub async fn put(&self, key: &str, body: Bytes, headers: &[(HeaderName, HeaderValue)]) -> Result<(), Fault> {
        let call = Call {
            method: Method::PUT,
            uri: &self.path(key),
            headers,
            body,
            most: Most::Refuse(MOST),
        };
        self.service.send(call).await?.accepted().map(drop)
    }

    /// Deletes an object, if there is one.
    ///
    /// # Errors
    /// A [`Fault`], where S3 does not delete it.
    pub async fn delete(&self, key: &str) -> Result<(), Fault> {
        let answered = self.send(Method::DELETE, &self.path(key), Most::Refuse(MOST)).await?;
        answered.accepted().map(drop)
    }

    /// Calls the bucket itself: `PUT` makes it, `HEAD` asks for it, `DELETE` deletes it.
    ///
    /// # Errors
    /// A [`Fault`], where S3 does not do it.
    pub async fn itself(&self, method: Method) -> Result<(), Fault> {
        let answered = self.send(method, self.path_of_itself(), Most::Refuse(MOST)).await?;
        answered.accepted().map(drop)
    }

    fn path_of_itself(&self) -> &str {
        match self.path.strip_suffix('/') {
            None | Some("") => &self.path,
            Some(path) => path,
        }
    }

    /// A URL that reads an object for so long.
    pub(crate) fn presigned(&self, credentials: &Arc<Credentials>, at: Timestamp, life: Duration, key: &str) -> String {
        let (origin, path) = (self.service.origin(), self.path(key));
        let signer = self.service.signer();
        let query = signer.presigned_query(credentials, at, life, origin, &path);
        format!("{origin}{path}?{query}")
    }
}

/// Emptying a bucket.
#[cfg(feature = "lambda")]
mod versions {
    use data_encoding::BASE64;
    use serde::{Deserialize, Serialize};
    use sha2::{Digest, Sha256};

    use super::{Bucket, Bytes, Call, Fault, HeaderName, HeaderValue, MOST, Method, Most};

    const CHECKSUM: HeaderName = HeaderName::from_static("x-amz-checksum-sha256");

    /// One version of an object.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    pub(crate) struct Version {
        key: String,
        // In a bucket that was never versioned every object's version is "null", and deleting takes that too.
        version_id: String,
    }

    #[derive(Deserialize)]
    struct Listed {
        #[serde(rename = "Version", default)]
        versions: Vec<Version>,
        #[serde(rename = "DeleteMarker", default)]
        markers: Vec<Version>,
    }

    #[derive(Serialize)]
    #[serde(rename = "Delete")]
    struct Delete<'a> {
        #[serde(rename = "Quiet")]
        is_quiet: bool,
        #[serde(rename = "Object")]
        objects: &'a [Version],
    }

    #[derive(Deserialize)]
    struct Deleted {
        #[serde(rename = "Error", default)]
        errors: Vec<NotDeleted>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct NotDeleted {
        #[serde(default)]
        code: String,
    }

    impl Bucket {
        /// The first thousand versions and markers of deleted objects; `None` where there is no such bucket.
        pub(crate) async fn versions(&self) -> Result<Option<Vec<Version>>, Fault> {
            let uri = format!("{}?versions=", self.path_of_itself());
            let answered = self.send(Method::GET, &uri, Most::Refuse(MOST)).await?;
            if answered.code() == Some("NoSuchBucket") {
                return Ok(None);
            }
            let Listed { mut versions, markers } = parsed(&answered.accepted()?.body)?;
            versions.extend(markers);
            Ok(Some(versions))
        }

        /// Deletes these versions, a thousand at most; the code of the first error.
        pub(crate) async fn delete_versions(&self, objects: &[Version]) -> Result<Option<String>, Fault> {
            let delete = Delete {
                is_quiet: true,
                objects,
            };
            let body = quick_xml::se::to_string(&delete);
            let body = body.map_err(|_| Fault::NoAnswer("the call cannot be written".to_owned()))?;
            // S3 demands a checksum of this call.
            let checksum = BASE64.encode(&Sha256::digest(&body));
            let checksum = HeaderValue::from_str(&checksum).map_err(|_| Fault::Unreadable)?;
            let call = Call {
                method: Method::POST,
                uri: &format!("{}?delete=", self.path_of_itself()),
                headers: &[(CHECKSUM, checksum)],
                body: Bytes::from(body),
                most: Most::Refuse(MOST),
            };
            let answer = self.service.send(call).await?.accepted()?;
            let deleted: Deleted = parsed(&answer.body)?;
            Ok(deleted.errors.into_iter().next().map(|error| error.code))
        }
    }

    fn parsed<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Fault> {
        let text = str::from_utf8(body).map_err(|_| Fault::Unreadable)?;
        quick_xml::de::from_str(text).map_err(|_| Fault::Unreadable)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn versions_are_read_and_written() {
            let listed: Listed = parsed(
                b"<?xml version=\"1.0\"?><ListVersionsResult><Name>b</Name><IsTruncated>true</IsTruncated>\
                  <Version><Key>a&amp;b</Key><VersionId>null</VersionId><IsLatest>true</IsLatest><Size>1</Size></Version>\
                  <DeleteMarker><Key>c</Key><VersionId>v1</VersionId></DeleteMarker>\
                  <Version><Key>d</Key><VersionId>v2</VersionId><Owner><ID>x</ID></Owner></Version></ListVersionsResult>",
            )
            .unwrap();
            let version = |key: &str, version_id: &str| Version {
                key: key.to_owned(),
                version_id: version_id.to_owned(),
            };
            assert_eq!(listed.versions, [version("a&b", "null"), version("d", "v2")]);
            assert_eq!(listed.markers, [version("c", "v1")]);
            let objects = [version("a&b", "null")];
            let delete = quick_xml::se::to_string(&Delete {
                is_quiet: true,
                objects: &objects,
            });
            let expected =
                "<Delete><Quiet>true</Quiet><Object><Key>a&amp;b</Key><VersionId>null</VersionId></Object></Delete>";
            assert_eq!(delete.unwrap(), expected);
        }

        #[test]
        fn an_object_that_was_not_deleted_is_told() {
            let some = b"<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code></Error></DeleteResult>";
            for (body, errors) in [(&b"<DeleteResult/>"[..], 0), (&some[..], 1)] {
                assert_eq!(parsed::<Deleted>(body).unwrap().errors.len(), errors);
            }
            assert!(parsed::<Deleted>(b"\xff").is_err() && parsed::<Listed>(b"not XML").is_err());
        }
    }
}
