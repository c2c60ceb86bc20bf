/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/artifact.h"
#include "tests/unit/test.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define COMMON "\"name\":\"x\",\"url\":\"/artifacts/x\",\"sha256\":\"" SHA "\",\"size\":7"

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        int result;
    } rows[] = {
        {"[]",                                                                                       0      },
        {"[{" COMMON ",\"kind\":\"binary\",\"path\":\"/usr/local/bin/x\",\"mode\":\"0755\"}]",       0      },
        {"[{" COMMON ",\"kind\":\"image\",\"image\":\"a/b:1\",\"image_id\":\"sha256:" SHA "\"}]",
         0                                                                                                  },
        {"[{" COMMON ",\"kind\":\"firmware\"}]",                                                     -EINVAL},
        {"[{" COMMON ",\"kind\":\"binary\",\"path\":\"bin/x\",\"mode\":\"0755\"}]",                  -EINVAL},
        {"[{" COMMON ",\"kind\":\"binary\",\"path\":\"/a/../x\",\"mode\":\"0755\"}]",                -EINVAL},
        {"[{" COMMON ",\"kind\":\"binary\",\"path\":\"/a/x\",\"mode\":\"4755\"}]",                   -EINVAL},
        {"[{" COMMON ",\"kind\":\"binary\",\"path\":\"/a/x\",\"mode\":\"rwx\"}]",                    -EINVAL},
        {"[{" COMMON ",\"kind\":\"image\",\"image\":\"a/b:1\",\"image_id\":\"" SHA "\"}]",           -EINVAL},
        {"[{" COMMON ",\"kind\":\"image\",\"image\":\"a/b:1\",\"image_id\":\"sha256:abc\"}]",
         -EINVAL                                                                                            },
        {"[{\"name\":\"x\",\"url\":\"/x\",\"sha256\":\"xyz\",\"size\":7,\"kind\":\"binary\"}]",
         -EINVAL                                                                                            },
        {"[{\"name\":\"x\",\"url\":\"/x\",\"sha256\":\"" SHA "\",\"size\":-1,\"kind\":\"binary\"}]",
         -EINVAL                                                                                            },
        {"[7]",                                                                                      -EINVAL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        _cleanup_free_ struct artifact *artifacts = NULL;
        json_t *json = json_loads(rows[i].text, 0, NULL);
        struct error e = ERROR_INIT;
        size_t n = 0;

        assert_non_null(json);
        if (artifacts_parse(json, &artifacts, &n, &e) != rows[i].result)
            fail_msg("%s: %s", rows[i].text, e.message);
        if (n) {
            assert_string_equal(artifacts[0].sha256, SHA);
            assert_int_equal(artifacts[0].size, 7);
        }
        json_decref(json);
    }
}

/* As containerd 1.6's ctr prints it. */
#define HEAD "REF      TYPE                     DIGEST       SIZE      PLATFORMS   LABELS\n"
#define TYPE " application/vnd.docker.distribution.manifest.v2+json "
#define REST " 20.7 KiB linux/amd64 io.cri-containerd.image=managed \n"

static void test_listed(void **state)
{
    static const char both[] = HEAD "k8s.gcr.io/pause:3.2     " TYPE "sha256:aaaa" REST
                                    "sha256:1111" TYPE "sha256:aaaa" REST;
    static const char retagged[] =
        HEAD "k8s.gcr.io/pause:3.2" TYPE "sha256:bbbb" REST "sha256:1111" TYPE "sha256:aaaa" REST;
    static const char longer[] =
        HEAD "k8s.gcr.io/pause:3.2.1" TYPE "sha256:aaaa" REST "sha256:1111" TYPE "sha256:aaaa" REST;

    (void)state;
    assert_true(image_is_listed(both, "k8s.gcr.io/pause:3.2", "sha256:1111"));
    assert_false(image_is_listed(both, "k8s.gcr.io/pause:3.2", "sha256:2222"));
    assert_false(image_is_listed(both, "k8s.gcr.io/pause:3.1", "sha256:1111"));
    assert_false(image_is_listed(retagged, "k8s.gcr.io/pause:3.2", "sha256:1111"));
    assert_false(image_is_listed(longer, "k8s.gcr.io/pause:3.2", "sha256:1111"));
    assert_false(image_is_listed(HEAD, "k8s.gcr.io/pause:3.2", "sha256:1111"));
    assert_false(image_is_listed("", "k8s.gcr.io/pause:3.2", "sha256:1111"));
    assert_false(image_is_listed("k8s.gcr.io/pause:3.2", "k8s.gcr.io/pause:3.2", "sha256:1111"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
