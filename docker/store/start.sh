#!/bin/sh
# Runs SeaweedFS so that only its S3 door is reachable from outside its container, and makes the bucket once.
# start.sh        start, configure, stay;    start.sh ready    exit 0 once the S3 interface answers
# Master, volume, filer and admin doors stay on the container's loopback: they can destroy locked bytes and the S3
# interface cannot. Limit: whoever owns this container, its volume or the host owns the bytes.
set -eu
: "${STORE_DATA:=/data}" "${STORE_SECRETS:=/run/secrets}" "${STORE_BIND:=0.0.0.0}" "${STORE_BUCKET:=liuhen}"
: "${STORE_S3_PORT:=8333}" "${STORE_MASTER_PORT:=9333}" "${STORE_VOLUME_PORT:=8080}" "${STORE_FILER_PORT:=8888}"
: "${WEED:=weed}"
[ "$STORE_BIND" = 0.0.0.0 ] && near=127.0.0.1 || near=$STORE_BIND

shell_says() {
    "$WEED" shell -master="127.0.0.1:$STORE_MASTER_PORT" -filer="127.0.0.1:$STORE_FILER_PORT" 2>&1
}

ready() {
    if command -v wget >/dev/null; then
        wget -q -T 4 -O /dev/null "http://$near:$STORE_S3_PORT/healthz"
    else
        curl -fs -m 4 -o /dev/null "http://$near:$STORE_S3_PORT/healthz"
    fi
}

if [ "${1:-}" = ready ]; then
    ready && [ -e "$STORE_DATA/.configured" ]
    exit
fi

WEED_JWT_FILER_SIGNING_KEY=$(cat "$STORE_SECRETS/store_jwt_filer")
WEED_JWT_SIGNING_KEY=$(cat "$STORE_SECRETS/store_jwt_volume")
WEED_JWT_FILER_SIGNING_READ_KEY=$(cat "$STORE_SECRETS/store_jwt_filer_read")
WEED_JWT_SIGNING_READ_KEY=$(cat "$STORE_SECRETS/store_jwt_volume_read")
export WEED_JWT_FILER_SIGNING_KEY WEED_JWT_SIGNING_KEY WEED_JWT_FILER_SIGNING_READ_KEY WEED_JWT_SIGNING_READ_KEY
mkdir -p "$STORE_DATA/objects" "$STORE_DATA/log" "$STORE_DATA/run"
rm -f "$STORE_DATA/.configured"

"$WEED" -logdir="$STORE_DATA/log" server -dir="$STORE_DATA/objects" -ip=127.0.0.1 -ip.bind=127.0.0.1 -disableHttp \
    -master.port="$STORE_MASTER_PORT" -master.telemetry=false -master.volumeSizeLimitMB=1024 \
    -volume.port="$STORE_VOLUME_PORT" -volume.max=0 -volume.preStopSeconds=1 \
    -filer -filer.port="$STORE_FILER_PORT" -filer.localSocket="$STORE_DATA/run/filer.sock" \
    -filer.exposeDirectoryData=false \
    -s3 -s3.port="$STORE_S3_PORT" -s3.ip.bind="$STORE_BIND" -s3.config="$STORE_SECRETS/store_identities" \
    -s3.localSocket="$STORE_DATA/run/s3.sock" -s3.port.iceberg=0 -s3.port.lance=0 \
    -s3.allowDeleteBucketNotEmpty=false -s3.autoCreateBucket=false &
store=$!
trap 'kill -TERM $store; wait $store; exit 143' TERM INT

tries=0
until ready 2>/dev/null; do
    tries=$((tries + 1))
    kill -0 $store 2>/dev/null || { echo 'start.sh: the store ended' >&2; exit 1; }
    [ $tries -lt 120 ] || { echo 'start.sh: the store does not answer' >&2; kill $store; exit 1; }
    sleep 0.5
done
# fsync first, bucket second: a bucket that exists has its rule.
echo "fs.configure -locationPrefix=/buckets/$STORE_BUCKET/ -fsync=true -apply" | shell_says | grep -q '"fsync"' ||
    { echo 'start.sh: the store did not take the fsync rule' >&2; kill $store; exit 1; }
if ! echo s3.bucket.list | shell_says | grep -q "^ *$STORE_BUCKET[[:space:]]"; then
    echo "s3.bucket.create -name $STORE_BUCKET -withLock" | shell_says
fi
: >"$STORE_DATA/.configured"
echo "start.sh: bucket $STORE_BUCKET is ready on port $STORE_S3_PORT" >&2
wait $store
