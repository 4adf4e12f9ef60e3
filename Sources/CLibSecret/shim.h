/* The functions of libsecret, GIO and GLib that Keyring calls, declared by hand.
 *
 * GLib's own headers need compiler flags that differ by machine and come from pkg-config, whose answer holds
 * `-pthread`: SwiftPM refuses that flag with a warning on every build. These are stable C interfaces (libsecret 0.20,
 * GLib 2.56 and later keep them), so a short list of declarations with opaque types serves better.
 *
 * To check them against the real headers (the compiler compares every declaration that stands twice):
 *   cc -fsyntax-only -x c $(pkg-config --cflags libsecret-1) -include libsecret/secret.h shim.h
 */
#ifndef BASTION_UP_CLIBSECRET_H
#define BASTION_UP_CLIBSECRET_H
#include <stddef.h>
#include <stdint.h>

#ifndef __SECRET_H__
typedef struct _GHashTable GHashTable;
typedef struct _GCancellable GCancellable;
typedef struct _SecretSchema SecretSchema;
typedef struct _SecretService SecretService;
typedef struct _SecretCollection SecretCollection;
typedef struct _SecretItem SecretItem;
typedef struct _SecretValue SecretValue;

typedef struct _GError {
    uint32_t domain;
    int code;
    char *message;
} GError;

typedef struct _GList {
    void *data;
    struct _GList *next;
    struct _GList *prev;
} GList;

typedef unsigned int SecretServiceFlags;
typedef unsigned int SecretSearchFlags;
typedef unsigned int SecretCollectionFlags;
#endif

/* GLib */
void g_free(void *memory);
char *g_strndup(const char *text, size_t count);
const char *g_quark_to_string(uint32_t quark);
void g_error_free(GError *error);
void g_list_free(GList *list);
GList *g_list_prepend(GList *list, void *data);
unsigned int g_str_hash(const void *text);
int(g_str_equal)(const void *left, const void *right);
GHashTable *g_hash_table_new_full(unsigned int (*hash)(const void *), int (*equal)(const void *, const void *),
                                  void (*destroy_key)(void *), void (*destroy_value)(void *));
int g_hash_table_insert(GHashTable *table, void *key, void *value);
void g_hash_table_foreach(GHashTable *table, void (*call)(void *key, void *value, void *context), void *context);
void g_hash_table_unref(GHashTable *table);

/* GObject, GIO */
void g_object_unref(void *object);
GCancellable *g_cancellable_new(void);
void g_cancellable_cancel(GCancellable *cancellable);
uint32_t g_io_error_quark(void);
uint32_t g_dbus_error_quark(void);

/* libsecret */
uint32_t secret_error_get_quark(void);

SecretService *secret_service_get_sync(SecretServiceFlags flags, GCancellable *cancellable, GError **error);
GList *secret_service_search_sync(SecretService *service, const SecretSchema *schema, GHashTable *attributes,
                                  SecretSearchFlags flags, GCancellable *cancellable, GError **error);
int secret_service_unlock_sync(SecretService *service, GList *objects, GCancellable *cancellable, GList **unlocked,
                               GError **error);
int secret_service_store_sync(SecretService *service, const SecretSchema *schema, GHashTable *attributes,
                              const char *collection, const char *label, SecretValue *value,
                              GCancellable *cancellable, GError **error);

SecretCollection *secret_collection_for_alias_sync(SecretService *service, const char *alias,
                                                   SecretCollectionFlags flags, GCancellable *cancellable,
                                                   GError **error);
int secret_collection_get_locked(SecretCollection *collection);

int secret_item_get_locked(SecretItem *item);
char *secret_item_get_label(SecretItem *item);
GHashTable *secret_item_get_attributes(SecretItem *item);
uint64_t secret_item_get_modified(SecretItem *item);
int secret_item_load_secret_sync(SecretItem *item, GCancellable *cancellable, GError **error);
SecretValue *secret_item_get_secret(SecretItem *item);
int secret_item_delete_sync(SecretItem *item, GCancellable *cancellable, GError **error);

SecretValue *secret_value_new(const char *secret, ptrdiff_t length, const char *content_type);
const char *secret_value_get(SecretValue *value, size_t *length);
void secret_value_unref(void *value);
#endif
