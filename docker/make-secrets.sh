#!/bin/bash
# Draws the secrets compose.yaml needs into docker/secrets/, once: sudo docker/make-secrets.sh [FOLDER]
# The service gets the credentials of one identity that can neither delete nor shorten a lock, and of one that can only
# remove staged batches and copies of keys whose lock ran out; the root identity's are only in the store's own file.
set -euo pipefail
cd "$(dirname "$0")"
folder=${1:-secrets}
bucket=liuhen
service_user=10001
[ ! -e "$folder" ] || { echo "make-secrets: $folder is there already; nothing was changed" >&2; exit 1; }
umask 077
mkdir -p "$folder"
draw() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
root_access=root$(draw 8) root_secret=$(draw 32) service_access=service$(draw 8) service_secret=$(draw 32)
collector_access=collector$(draw 8) collector_secret=$(draw 32)
for key in filer volume filer_read volume_read; do draw 32 >"$folder/store_jwt_$key"; done

everything='{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:*\"],\"Resource\":[\"arn:aws:s3:::*\",\"arn:aws:s3:::*/*\"]}]}'
limited='{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:ListBucket\",\"s3:ListBucketVersions\",\"s3:ListBucketMultipartUploads\",\"s3:GetBucketLocation\",\"s3:GetBucketVersioning\",\"s3:GetBucketObjectLockConfiguration\"],\"Resource\":[\"arn:aws:s3:::'$bucket'\"]},{\"Effect\":\"Allow\",\"Action\":[\"s3:PutObject\",\"s3:GetObject\",\"s3:GetObjectVersion\",\"s3:PutObjectRetention\",\"s3:GetObjectRetention\",\"s3:GetObjectLegalHold\",\"s3:AbortMultipartUpload\",\"s3:ListMultipartUploadParts\"],\"Resource\":[\"arn:aws:s3:::'$bucket'/*\"]}]}'
removing='{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:DeleteObjectVersion\"],\"Resource\":[\"arn:aws:s3:::'$bucket'/staged/*\",\"arn:aws:s3:::'$bucket'/keys/*\"]}]}'
cat >"$folder/store_identities.json" <<END
{"identities": [
  {"name": "root", "credentials": [{"accessKey": "$root_access", "secretKey": "$root_secret"}], "policyNames": ["root"]},
  {"name": "service", "credentials": [{"accessKey": "$service_access", "secretKey": "$service_secret"}], "policyNames": ["service"]},
  {"name": "collector", "credentials": [{"accessKey": "$collector_access", "secretKey": "$collector_secret"}], "policyNames": ["collector"]}],
 "policies": [
  {"name": "root", "content": "$everything"},
  {"name": "service", "content": "$limited"},
  {"name": "collector", "content": "$removing"}]}
END
cat >"$folder/store_credentials.json" <<END
{"bucket": "$bucket", "root_access": "", "root_secret": "", "service_access": "$service_access",
 "service_secret": "$service_secret", "jwt_filer": "", "jwt_volume": "", "jwt_filer_read": "", "jwt_volume_read": "",
 "collector_access": "$collector_access", "collector_secret": "$collector_secret"}
END
# A file secret keeps its owner inside the container: the service is user 10001 there, the store is root.
if [ "$(id -u)" = 0 ]; then
    chown "$service_user:$service_user" "$folder/store_credentials.json"
    chmod 0711 "$folder"
else
    echo "make-secrets: not root: give $folder/store_credentials.json to user $service_user yourself" >&2
fi
echo "make-secrets: written to $(cd "$folder" && pwd)" >&2
