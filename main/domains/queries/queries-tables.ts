export interface QueriesTables {
  saved_query: {
    id: string;
    list: string;
    name: string;
    query: string;
    sort: string;
    owner: string;
    shared: number;
    /** See `nameKey`. */
    name_key: string;
    made_at_ms: number;
    /** It can be brought back until it is thirty days old. */
    removed_at_ms: number | null;
  };
  /** What a person's list opens with; built-in ones too. */
  saved_query_default: { owner: string; list: string; saved_query_id: string };
}
