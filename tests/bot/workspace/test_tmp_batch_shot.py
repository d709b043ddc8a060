import base64
from tests.bot.workspace.test_page import *  # noqa
from tests.bot.slack.leads import lead
from bot.slack.batch_card import batch_card
from enrichment.models import Triage, UrgencyLabel, LeadStatus

async def test_shot(visit, workspace, leads):
    words=["How much is a new fence?","Just curious about your prices for painting a garden fence, no rush, maybe next year or the year after, if you know","Brakes","Opening hours on Sunday"]
    ls=[lead(words[n%4], 7+n, triage=Triage(urgency=30-n,label=UrgencyLabel.COLD), duplicate_of=3 if n==2 else None, status=LeadStatus.LOST if n==4 else LeadStatus.OPEN, owner_name="Maya" if n==4 else "") for n in range(8)]
    url=workspace.permalink(workspace.post(leads,"U0STAFF1",{"text":"x"}))
    m=batch_card(ls,{8},{8:url})
    workspace.post(leads,"U0LEADBOT",{"text":m.text,"blocks":list(m.blocks)})
    for name,w in (("wide",1100),("phone",400)):
        async with visit(workspace.base_url) as page:
            await page.command("Emulation.setDeviceMetricsOverride", width=w, height=800, deviceScaleFactor=1, mobile=w<500)
            import asyncio; await asyncio.sleep(2)
            shot=await page.command("Page.captureScreenshot")
            open(f"/tmp/shot-{name}.png","wb").write(base64.b64decode(shot["data"] if "data" in shot else shot["result"]["data"]))
