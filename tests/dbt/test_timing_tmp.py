"""Times the dbt models on the default set: 165 scenarios x 31 symbols x 6 strategies."""
import time, json
import numpy as np, psycopg, pytest
from datetime import date, timedelta

pytestmark = pytest.mark.postgres
AS_OF="2021-03-31"
def test_time(dbt, instruments):
    rng=np.random.default_rng(0)
    fams={"bull":8,"crisis":3,"full_cycle":8,"bootstrap":50,"monte_carlo":50,"stress":14,"full_history":1,"regime":42}
    syms=[f"S{i:02d}" for i in range(31)]
    strategies={"buy_and_hold":"baseline","cash":"baseline","a":"trend","b":"trend","c":"momentum","d":"momentum"}
    with dbt.connect() as c:
        for s in syms:
            c.execute("insert into market_data.instruments (symbol,name,asset_class,exchange,currency,is_tradable) values (%s,%s,'stock','XNYS','USD',true)",[s,s])
        c.execute("insert into market_data.ohlcv (symbol,timeframe,ts,close,price_basis,source) values ('S00','1d',%s::date::timestamp at time zone 'UTC',150,'total','t')",[AS_OF])
        for n,k in strategies.items():
            c.execute("insert into strategies.definitions values (%s,%s,'single','x','{}',%s,true)",[n,k,n])
        cells=0
        for fam,count in fams.items():
            for i in range(count):
                name=f"{fam} {i}"; n=8000 if fam=="full_history" else 252
                typ="historical" if fam in("bull","crisis","full_cycle") else fam
                sessions=[date(1990,1,1)+timedelta(days=j) for j in range(n)]
                mult=[1.0]*n if fam=="stress" else None
                c.execute("insert into scenarios.definitions (as_of,scenario_name,scenario_type,scenario_family,status,start_date,end_date,sessions,spread_multiplier,input_hash,code_hash) values (%s,%s,%s,%s,'ready',%s,%s,%s,%s,'','')",[AS_OF,name,typ,fam,sessions[0],sessions[-1],sessions,mult])
                with c.cursor().copy("copy scenarios.paths from stdin") as cp:
                    for s in syms:
                        arr="{"+",".join(f"{x:.4f}" for x in rng.uniform(1,2,n))+"}"
                        cp.write_row([AS_OF,name,s,arr,arr,arr,arr,arr])
                with c.cursor().copy("copy backtest.results (as_of,bars,scenario_name,strategy_name,symbol,kind,total_return,sharpe_ratio,calmar_ratio,max_drawdown) from stdin") as cp:
                    for st in strategies:
                        for s in [*syms,"PORTFOLIO"]:
                            cp.write_row([AS_OF,n,name,st,s,"portfolio" if s=="PORTFOLIO" else "single",float(rng.normal()),float(rng.normal()),float(rng.normal()),-0.2])
                            cells+=s!="PORTFOLIO"
        c.execute("insert into backtest.runs values (%s,1,'','',1,2,6,176,%s)",[AS_OF,cells])
        c.execute("analyze")
        for layer in ("derived","assessment"):
            t=time.monotonic(); dbt.build(layer,AS_OF); print(layer,"build",round(time.monotonic()-t,1))
            rr=json.loads((dbt.work/"target"/"run_results.json").read_text())["results"]
            rr.sort(key=lambda r:-r["execution_time"])
            print([(r["unique_id"].split(".")[2][:45],round(r["execution_time"],2)) for r in rr[:8]])
        def q(label,s):
            t=time.monotonic(); r=c.execute(s).fetchone(); print(label,r,round(time.monotonic()-t,2),"s")
        q("all points","select count(*),avg(close_price),sum(spread_multiplier) from derived.scenario_paths")
        q("one scenario","select count(*),avg(close_price) from derived.scenario_paths where as_of='2021-03-31' and scenario_name='bull 0'")
        from tetra.data import validation
        from datetime import date as d
        t=time.monotonic(); f=validation.load_slice(c,"scenarios.paths",d(2021,3,31),d(2021,3,31)); print("gate slice",len(f),round(time.monotonic()-t,2))
