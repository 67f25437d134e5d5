-- Why: news, events and index membership have tables; instruments say when they were delisted and what they were
-- called; landing checks symbols once per batch instead of a foreign key per bar (38 % of inserting 2.4 million bars).
-- Lock: exclusive on market_data.ohlcv and instruments, for an instant. Undo: 0009_create_news_and_events.down.sql.
alter table market_data.instruments
add column delisted_on date,
add column former_tickers text[] not null default '{}';
comment on column market_data.instruments.delisted_on is 'First day it traded no more; null while it trades.';
comment on column market_data.instruments.former_tickers is 'Tickers it had before a change of name; its symbol stayed.';

alter table market_data.ohlcv drop constraint ohlcv_instrument_exists;
comment on column market_data.ohlcv.symbol is 'An instrument''s; landing refuses a batch of any other.';

create table market_data.index_membership (
    index_name text not null,
    ticker text not null,
    symbol text constraint index_membership_instrument_exists references market_data.instruments (symbol),
    valid_from date not null,
    valid_to date,
    source text not null,
    ingested_at timestamptz not null default now(),
    constraint index_membership_pkey primary key (index_name, ticker, valid_from),
    constraint index_membership_ends_after_it_begins check (valid_to > valid_from)
);
comment on table market_data.index_membership is 'One row per index, ticker and unbroken time in it.';
comment on column market_data.index_membership.symbol is 'The instrument; null where universe.yaml has none.';
comment on column market_data.index_membership.valid_from is 'First day as a member.';
comment on column market_data.index_membership.valid_to is 'First day no longer a member; null while it is one.';

create table events.earnings (
    symbol text not null constraint earnings_instrument_exists references market_data.instruments (symbol),
    announced_quarter date not null constraint earnings_quarter_begins_one
        check (announced_quarter = date_trunc('quarter', announced_quarter::timestamp)::date),
    announced_on date,
    announcement_time text constraint earnings_time_known
        check (announcement_time in ('before_open', 'during_session', 'after_close')),
    eps_reported double precision,
    eps_estimate double precision,
    source text not null,
    ingested_at timestamptz not null default now(),
    constraint earnings_key unique nulls not distinct (symbol, announced_quarter, announced_on),
    constraint earnings_announced_in_its_quarter
        check (announced_quarter = date_trunc('quarter', announced_on::timestamp)::date)
);
comment on table events.earnings is 'One row per symbol and announcement of earnings, reported or scheduled.';
comment on column events.earnings.announced_quarter is 'First day of the calendar quarter of the announcement.';
comment on column events.earnings.announced_on is 'Exchange-local day; null where the source gives the quarter only.';
comment on column events.earnings.eps_reported is 'Earnings per share in the instrument''s currency; null while scheduled.';
comment on column events.earnings.eps_estimate is 'Analysts'' mean estimate before the announcement.';

create table events.economic_events (
    event_name text not null,
    country text not null constraint economic_events_country_is_iso check (country ~ '^[A-Z]{2}$'),
    event_date date not null,
    event_at timestamptz,
    series_ids text[] not null default '{}',
    importance text constraint economic_events_importance_known check (importance in ('low', 'medium', 'high')),
    actual double precision,
    forecast double precision,
    previous double precision,
    unit text,
    source text not null,
    ingested_at timestamptz not null default now(),
    constraint economic_events_pkey primary key (event_name, country, event_date)
);
comment on table events.economic_events is 'One row per release of the economic calendar.';
comment on column events.economic_events.event_date is 'Day of the release, local to the country.';
comment on column events.economic_events.event_at is 'Moment of the release; null where the source gives the day only.';
comment on column events.economic_events.series_ids is 'Series of economic_data.indicators released with it.';

create table events.geopolitical_events (
    event_id text constraint geopolitical_events_pkey primary key,
    name text not null,
    category text not null,
    started_on date not null,
    ended_on date constraint geopolitical_events_end_after_start check (ended_on >= started_on),
    regions text[] not null default '{}',
    symbols text[] not null default '{}',
    description text,
    reference text not null constraint geopolitical_events_reference_not_blank check (reference <> ''),
    source text not null,
    ingested_at timestamptz not null default now()
);
comment on table events.geopolitical_events is 'One row per event between or within states.';
comment on column events.geopolitical_events.regions is 'ISO 3166 codes of two letters.';
comment on column events.geopolitical_events.reference is 'The document that says so.';

create table events.security_events (
    event_id text constraint security_events_pkey primary key,
    name text not null,
    category text not null,
    disclosed_on date not null,
    occurred_on date constraint security_events_occurred_before_disclosed check (occurred_on <= disclosed_on),
    symbols text[] not null default '{}',
    description text,
    reference text not null constraint security_events_reference_not_blank check (reference <> ''),
    source text not null,
    ingested_at timestamptz not null default now()
);
comment on table events.security_events is 'One row per cyber attack, breach or outage.';
comment on column events.security_events.disclosed_on is 'Day the public learned of it.';
comment on column events.security_events.occurred_on is 'Day it began, where known and different.';

create view events.dividends as
select
    symbol,
    ex_date,
    value as amount,
    source,
    ingested_at
from market_data.corporate_actions
where action_type = 'dividend';
comment on view events.dividends is 'One row per symbol and ex-date: currency per share as of the ex-date.';

create view events.splits as
select
    symbol,
    ex_date,
    value as ratio,
    source,
    ingested_at
from market_data.corporate_actions
where action_type = 'split';
comment on view events.splits is 'One row per symbol and ex-date: new shares per old share.';

create table news.articles (
    article_id text constraint articles_pkey primary key,
    headline text not null constraint articles_headline_not_blank check (headline <> ''),
    published_on date not null,
    published_at timestamptz,
    url text,
    publisher text,
    summary text,
    source text not null,
    ingested_at timestamptz not null default now()
);
comment on table news.articles is 'One row per article.';
comment on column news.articles.article_id is 'Hash of its address, or of publisher, day and headline where it has none.';
comment on column news.articles.published_on is 'Day of publication in New York.';
comment on column news.articles.published_at is 'Null where the source gives a day only: known after that day''s close.';
create index articles_by_day on news.articles (published_on);

create table news.mentions (
    article_id text not null constraint mentions_article_exists references news.articles (article_id),
    symbol text not null constraint mentions_instrument_exists references market_data.instruments (symbol),
    source text not null,
    ingested_at timestamptz not null default now(),
    constraint mentions_pkey primary key (article_id, symbol)
);
comment on table news.mentions is 'One row per article and instrument it is about; an article on the market has none.';
create index mentions_by_symbol on news.mentions (symbol);

create table news.sentiment (
    article_id text not null constraint sentiment_article_exists references news.articles (article_id),
    symbol text constraint sentiment_instrument_exists references market_data.instruments (symbol),
    scorer text not null,
    scorer_version text not null,
    score double precision not null constraint sentiment_score_in_range check (score between -1 and 1),
    relevance double precision constraint sentiment_relevance_in_range check (relevance between 0 and 1),
    source text not null,
    ingested_at timestamptz not null default now(),
    constraint sentiment_key unique nulls not distinct (article_id, symbol, scorer)
);
comment on table news.sentiment is 'One row per article, instrument (null: the article as a whole) and scorer.';
comment on column news.sentiment.score is '-1 (bad for the price) to 1 (good).';
comment on column news.sentiment.relevance is 'How much the article is about the instrument, 0 to 1, where the scorer says.';
comment on column news.sentiment.scorer is 'The vendor, or the library and lexicon that scored it.';
