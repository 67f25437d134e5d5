with

articles as (
    select * from {{ ref('int_articles_scored') }}
),

days as (
    select * from {{ ref('int_days_matched_to_sessions') }}
),

sessions as (
    select * from {{ ref('int_sessions_numbered') }}
),

-- the first session that closes at or after the article; a day without a moment counts as its end
articles_with_session as (
    select
        articles.symbol,
        articles.sentiment_score,
        articles.relevance,
        case
            when articles.published_at <= days.closes_at then days.session_on_or_after
            else days.session_after
        end as session_date
    from articles
    inner join days
        on
            coalesce((articles.published_at at time zone 'America/New_York')::date, articles.publication_date)
            = days.calendar_date
),

by_session as (
    select
        articles_with_session.symbol,
        sessions.session_number,
        articles_with_session.session_date,
        count(*) as articles,
        count(articles_with_session.sentiment_score) as scored_articles,
        count(*) filter (where articles_with_session.sentiment_score > 0) as positive_articles,
        count(*) filter (where articles_with_session.sentiment_score < 0) as negative_articles,
        sum(articles_with_session.sentiment_score * articles_with_session.relevance) as weighted_score,
        sum(articles_with_session.relevance) as weight
    from articles_with_session
    inner join sessions on articles_with_session.session_date = sessions.session_date
    -- of what came before the first session nobody knows how far back it goes
    where sessions.session_number > 1
    group by articles_with_session.symbol, sessions.session_number, articles_with_session.session_date
),

-- by number of session, not by row: a session without an article has no row
means as (
    select
        symbol,
        articles::integer as articles,
        scored_articles::integer as scored_articles,
        weighted_score / nullif(weight, 0) as mean_score,
        positive_articles::double precision / nullif(scored_articles, 0) as positive_share,
        negative_articles::double precision / nullif(scored_articles, 0) as negative_share,
        sum(weighted_score) over last_5 / nullif(sum(weight) over last_5, 0) as mean_score_5d,
        sum(weighted_score) over last_21 / nullif(sum(weight) over last_21, 0) as mean_score_21d,
        session_date
    from by_session
    window
        last_5 as (partition by symbol order by session_number range between 4 preceding and current row),
        last_21 as (partition by symbol order by session_number range between 20 preceding and current row)
)

select * from means
